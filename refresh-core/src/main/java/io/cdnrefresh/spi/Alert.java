// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;

/**
 * Something an operator may have to act on. Immutable.
 *
 * @param at when it was last seen
 * @param severity how urgent
 * @param name a stable word such as {@code store-down}; alerts with the same name and subject are one
 * @param subject what it is about: a device, a table, an engine
 * @param detail for people, without secrets
 * @param suppressed how many equal ones were left out since the last that was given to the sink
 */
public record Alert(Instant at, Severity severity, String name, String subject, String detail, long suppressed) {
    /** How urgent an alert is. */
    public enum Severity {
        /** Someone must act. */
        ERROR,
        /** We act, someone may want to know. */
        WARN
    }
}
