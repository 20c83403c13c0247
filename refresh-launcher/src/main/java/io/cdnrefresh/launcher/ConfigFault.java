// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

/**
 * One thing that is wrong with a configuration.
 *
 * @param source file and line, {@code --set} or the environment variable
 * @param key the key
 * @param value what was given; masked if it is a secret
 * @param expected what is allowed
 */
record ConfigFault(String source, String key, String value, String expected) {
    @Override
    public String toString() {
        String shown = value.length() > 128 ? value.substring(0, 128) + "…" : value;
        return source + ": " + key + ": " + shown.replaceAll("\\p{Cntrl}", "?") + " (expected: " + expected + ")";
    }
}
