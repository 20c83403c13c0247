// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Keeps listeners off the network as long as nobody needs a key for them. */
final class ExposureCheck {
    private static final String API = "engine.http.host";
    private static final String RPC = "engine.rpc.host";
    private static final List<String> ENGINE = List.of(API, RPC);
    private static final List<String> PROXY = List.of("proxy.http.host");

    private ExposureCheck() {}

    /**
     * Looks at the listeners of the roles that start.
     *
     * @return the keys of listeners that face the network, which {@code auth.insecure} allows
     * @throws ConfigException if one faces the network and nothing allows it
     */
    static List<String> check(Config config, boolean engine, boolean proxy) {
        List<String> keys = new ArrayList<>();
        if (engine) {
            keys.addAll(ENGINE);
            if (DialectServer.isOn(config)) {
                keys.add(DialectServer.LISTENER);
            }
        }
        if (proxy) {
            keys.addAll(PROXY);
        }
        TlsSettings.check(config, engine, proxy);
        boolean hasToken = !config.text("admin.token").isEmpty();
        if (!hasToken) {
            keys.addAll(engine ? List.of("admin.host") : List.of());
            keys.addAll(proxy && !engine ? List.of("proxy.admin.host") : List.of());
        }
        keys.removeIf(key -> isLoopback(config.text(key)) || key.equals(RPC) && knowsItsProxies(config));
        if (!config.flag("auth.insecure")) {
            keys.removeAll(List.of(API, DialectServer.LISTENER)); // whether there are keys, the store says: KeyStore
        }
        if (!keys.isEmpty() && !config.flag("auth.insecure")) {
            throw new ConfigException(keys.stream()
                    .map(key -> new ConfigFault(
                            config.origins().getOrDefault(key, "default"), key, config.text(key), allowed(key)))
                    .toList());
        }
        return keys;
    }

    private static String allowed(String key) {
        if (key.endsWith("admin.host")) {
            return "a loopback address, or admin.token; or auth.insecure = true";
        }
        return key.equals(RPC)
                ? "a loopback address, or TLS with engine.rpc.token or engine.rpc.tls-client-ca; or auth.insecure ="
                        + " true"
                : "a loopback address, because nobody needs a key there; or auth.insecure = true";
    }

    private static boolean knowsItsProxies(Config config) {
        return config.flag("engine.rpc.tls")
                && (TlsSettings.namesDevices(config)
                        || !config.text("engine.rpc.token").isEmpty());
    }

    static boolean isLoopback(String host) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (!address.isLoopbackAddress()) {
                    return false;
                }
            }
            return true;
        } catch (UnknownHostException unknown) {
            return false;
        }
    }
}
