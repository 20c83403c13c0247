// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

/** What keys and values of labels may be. */
final class Label {
    static final String ALLOWED =
            "a key of 1 to 64 letters, digits and . _ / - with a value of at most 256 characters, none of them a control character";

    private Label() {}

    static boolean isKey(String text) {
        return text.matches("[A-Za-z0-9._/-]{1,64}");
    }

    static boolean isValue(String text) {
        return text.length() <= 256 && text.chars().noneMatch(c -> c < ' ' || c == 0x7f);
    }
}
