// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/** Where alerts go. Called on the alert thread only, one at a time; may block it, not longer than 10 s. */
@FunctionalInterface
public interface AlertSink {
    /** Takes an alert. What it throws is counted and logged. */
    void onAlert(Alert alert);
}
