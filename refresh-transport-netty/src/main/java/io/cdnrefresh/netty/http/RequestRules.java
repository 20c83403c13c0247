// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.cdnrefresh.netty.http.Problems.Fault;
import io.cdnrefresh.netty.http.Problems.Kind;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the decoder lets through and this server does not. Stateless. */
final class RequestRules {
    private static final String CODING = "Transfer-Encoding";

    /** Two of one of them are two meanings: another reader on the way may have taken the other one. */
    private static final List<AsciiString> SINGLE = List.of(
            AsciiString.cached("Authorization"),
            AsciiString.cached("Content-Type"),
            AsciiString.cached("Idempotency-Key"));

    private RequestRules() {}

    /** What is wrong with the framing of a request, for its sender; null if nothing is. */
    static @Nullable Fault fault(HttpRequest head) {
        HttpHeaders headers = head.headers();
        boolean isCurrent = head.protocolVersion().equals(HttpVersion.HTTP_1_1);
        int hosts = count(headers, HttpHeaderNames.HOST);
        if (hosts > 1 || isCurrent && hosts == 0) {
            return new Fault(Kind.MALFORMED, "Host", hosts + " of them", "one");
        }
        for (AsciiString name : SINGLE) {
            int times = count(headers, name);
            if (times > 1) {
                return new Fault(Kind.MALFORMED, name.toString(), times + " of them", "one");
            }
        }
        String coding = headers.get(HttpHeaderNames.TRANSFER_ENCODING);
        if (coding == null) {
            return null;
        }
        if (!isCurrent) {
            return new Fault(Kind.MALFORMED, CODING, coding, "none with HTTP/1.0");
        }
        if (count(headers, HttpHeaderNames.TRANSFER_ENCODING) > 1
                || !HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)
                || headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            return new Fault(Kind.MALFORMED, CODING, coding, "chunked, once, without Content-Length");
        }
        return null;
    }

    private static int count(HttpHeaders headers, AsciiString name) {
        int count = 0;
        Iterator<? extends CharSequence> values = headers.valueCharSequenceIterator(name);
        while (values.hasNext()) {
            values.next();
            count++;
        }
        return count;
    }

    /** Path and query of a request target, of its origin form or absolute form; null if it has none that is sound. */
    static @Nullable String target(HttpRequest head) {
        String uri = head.uri();
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                return null;
            }
        }
        if (uri.startsWith("/")) {
            return uri;
        }
        if (uri.equals("*")) {
            return head.method().name().equals("OPTIONS") ? uri : null;
        }
        int authority = uri.indexOf("://") + 3;
        String scheme = authority < 3 ? "" : uri.substring(0, authority);
        if (!scheme.equalsIgnoreCase("http://") && !scheme.equalsIgnoreCase("https://")) {
            return null;
        }
        for (int i = authority; i < uri.length(); i++) {
            if (uri.charAt(i) == '/' || uri.charAt(i) == '?') {
                String rest = uri.substring(i);
                return rest.startsWith("/") ? rest : '/' + rest;
            }
        }
        return "/";
    }
}
