// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;

/** Percent-encoding of URLs and forms. Stateless. */
final class Percent {
    private static final String HEX = "0123456789ABCDEF";

    private Percent() {}

    /** Everything but letters, digits and {@code - . _ ~} as escapes of its UTF-8 bytes (RFC 3986 §2.3). */
    static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean isPlain =
                    c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~".indexOf(c) >= 0;
            if (isPlain) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return encoded.toString();
    }

    /**
     * Decodes once.
     *
     * @throws Refusal if an escape is broken or the bytes are no UTF-8
     */
    static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? hex(text.charAt(i + 1)) : -1;
                int low = high < 0 ? -1 : hex(text.charAt(i + 2));
                if (low < 0) {
                    throw Refusal.invalid("a broken escape (expected: two hexadecimal digits after each %)");
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw Refusal.invalid("escapes that are no UTF-8");
        }
    }

    private static int hex(char c) {
        return c < 0x7f ? Character.digit(c, 16) : -1;
    }

    /**
     * Adds the fields of a query string or form.
     *
     * @throws Refusal if one cannot be decoded, or is there twice
     */
    static void read(String form, SortedMap<String, String> into) {
        for (int from = 0; from < form.length(); ) {
            int end = form.indexOf('&', from);
            String field = form.substring(from, end < 0 ? form.length() : end);
            from = end < 0 ? form.length() : end + 1;
            if (field.isEmpty()) {
                continue;
            }
            int equals = field.indexOf('=');
            String name = plain(equals < 0 ? field : field.substring(0, equals));
            String value = equals < 0 ? "" : plain(field.substring(equals + 1));
            if (into.put(name, value) != null) {
                throw Refusal.invalid("a parameter that is there twice");
            }
        }
    }

    private static String plain(String text) {
        return decode(text.replace('+', ' '));
    }
}
