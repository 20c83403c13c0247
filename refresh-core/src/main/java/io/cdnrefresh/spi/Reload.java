// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.List;

/** Reads the configuration anew and uses what may change while the process runs. Thread-safe; may block. */
@FunctionalInterface
public interface Reload {
    /** Does it; what came of it. */
    Result reload();

    /**
     * What came of it. With faults nothing has changed.
     *
     * @param changed keys whose new values count now
     * @param refused keys that have new values which count after a restart only
     * @param faults what is wrong
     */
    record Result(List<String> changed, List<String> refused, List<Wrong> faults) {
        /** Copies the lists. */
        public Result {
            changed = List.copyOf(changed);
            refused = List.copyOf(refused);
            faults = List.copyOf(faults);
        }
    }

    /**
     * One thing that is wrong.
     *
     * @param place file and line, or variable
     * @param key which key
     * @param value what it has; secrets are masked
     * @param expected what is allowed
     */
    record Wrong(String place, String key, String value, String expected) {}
}
