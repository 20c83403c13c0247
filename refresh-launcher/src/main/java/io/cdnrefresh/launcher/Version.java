// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;

/** What was built, from what, when. Read once from a file that the build fills. */
final class Version {
    private static final Properties STAMP = read();

    private Version() {}

    /** The version number. */
    static String number() {
        return STAMP.getProperty("version", "unknown");
    }

    /** All that is known, in one line. */
    static String line() {
        return "refresh " + number() + " (commit " + STAMP.getProperty("commit", "unknown") + ", of "
                + STAMP.getProperty("time", "unknown") + ") on Java " + Runtime.version();
    }

    /** The same as an object. */
    static Map<String, Object> object() {
        return Map.<String, Object>of(
                "version", number(),
                "commit", STAMP.getProperty("commit", "unknown"),
                "time", STAMP.getProperty("time", "unknown"),
                "java", Runtime.version().toString());
    }

    private static Properties read() {
        Properties stamp = new Properties();
        try (InputStream file = Version.class.getResourceAsStream("version.properties")) {
            if (file != null) {
                stamp.load(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stamp;
    }
}
