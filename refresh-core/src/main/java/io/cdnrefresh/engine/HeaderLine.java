// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Request headers that a submitter may choose: {@code Name: value}. */
final class HeaderLine {
    private static final Pattern LINE =
            Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}: [\\x21-\\x7e]([\\x20-\\x7e]{0,1022}[\\x21-\\x7e])?");
    private static final Set<String> OURS = Set.of(
            "host",
            "connection",
            "content-length",
            "transfer-encoding",
            "te",
            "trailer",
            "upgrade",
            "keep-alive",
            "expect",
            "proxy-connection",
            "proxy-authorization",
            "range",
            "cache-control",
            "pragma");

    private HeaderLine() {}

    /**
     * Checks a line.
     *
     * @throws IllegalArgumentException if it is malformed, or a header that only the sender may set
     */
    static String require(String line) {
        if (!LINE.matcher(line).matches()) {
            throw new IllegalArgumentException("header (expected: \"Name: value\" in printable ASCII)");
        }
        if (OURS.contains(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "header (expected: none that concerns connection, framing or freshness)");
        }
        return line;
    }
}
