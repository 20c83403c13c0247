// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;

/**
 * Who did what. Immutable.
 *
 * @param at when
 * @param actor name of the key, or {@code local}
 * @param tenant whose thing it was; empty = the platform's
 * @param action a stable word such as {@code task.submit} or {@code device.state}
 * @param subject the id it was done to
 * @param detail what changed, for people, without secrets; at most 1,000 characters are kept
 */
public record AuditRecord(Instant at, String actor, String tenant, String action, String subject, String detail) {}
