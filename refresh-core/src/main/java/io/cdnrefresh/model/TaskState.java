// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** The states of a task. A final state never changes. */
public enum TaskState {
    /** Durable, not yet given to the pushers. */
    ACCEPTED(false),
    /** Waits for its time or for another task. */
    SCHEDULED(false),
    /** Given to the devices. */
    RUNNING(false),
    /** Every target reached the asked level on every device in scope. */
    DONE(true),
    /** Every target reached the asked level on some devices. */
    PARTIAL(true),
    /** No device reached the asked level. */
    FAILED(true),
    /** Withdrawn by the submitter. */
    CANCELLED(true);

    private final boolean isFinal;

    TaskState(boolean isFinal) {
        this.isFinal = isFinal;
    }

    /** Whether the state never changes again. */
    public boolean isFinal() {
        return isFinal;
    }

    /** The word of the API for this constant. */
    public String wireName() {
        return WireName.of(this);
    }

    /**
     * Reads the word of the API.
     *
     * @throws IllegalArgumentException naming {@code field}, the text and what is allowed
     */
    public static TaskState parse(String field, String text) {
        return WireName.parse(values(), field, text);
    }
}
