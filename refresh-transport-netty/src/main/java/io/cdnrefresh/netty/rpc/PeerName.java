// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Whose certificate a link has shown. Stateless. */
final class PeerName {
    private static final Integer DNS_NAME = 2;

    private PeerName() {}

    /** Whether the peer's certificate, which TLS has checked, names the device: as its common name or a DNS name. */
    static boolean isNamed(ChannelPipeline pipeline, String device) {
        X509Certificate certificate = certificate(pipeline.get(SslHandler.class));
        return certificate != null && (hasCommonName(certificate, device) || hasDnsName(certificate, device));
    }

    private static @Nullable X509Certificate certificate(@Nullable SslHandler tls) {
        if (tls == null) {
            return null;
        }
        try {
            Certificate[] chain = tls.engine().getSession().getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate first ? first : null;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }

    private static boolean hasCommonName(X509Certificate certificate, String device) {
        try {
            for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN") && device.equals(part.getValue())) {
                    return true;
                }
            }
            return false;
        } catch (InvalidNameException unreadable) {
            return false;
        }
    }

    private static boolean hasDnsName(X509Certificate certificate, String device) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names != null
                    && names.stream().anyMatch(name -> DNS_NAME.equals(name.get(0)) && device.equals(name.get(1)));
        } catch (CertificateParsingException unreadable) {
            return false;
        }
    }
}
