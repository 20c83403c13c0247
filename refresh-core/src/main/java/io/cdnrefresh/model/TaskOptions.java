// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a task is to be done. Immutable; {@link #DEFAULTS} with the changes of {@link #toBuilder}.
 *
 * @param mode gone or stale
 * @param scope which devices
 * @param verify how much is proven
 * @param query how query strings of URL targets count
 * @param priority order among the tenant's tasks
 * @param spread over how long the work is spread; 0 to 24 h
 * @param after the task to wait for; null = none
 * @param afterOn what is asked of that task
 * @param notBefore when to start; null = at once
 * @param deadline how long after start or acceptance the task ends at the latest; 1 s to 24 h
 * @param callback where the final state is posted; null = nowhere
 * @param labels the submitter's own marks, at most {@value #MAX_LABELS}
 * @param headers request headers of a preload, {@code Name: value}
 * @param preload what else a preload fetches, and how
 */
public record TaskOptions(
        Mode mode,
        Scope scope,
        Verify verify,
        QueryRule query,
        Priority priority,
        Duration spread,
        @Nullable TaskId after,
        AfterRule afterOn,
        @Nullable Instant notBefore,
        Duration deadline,
        @Nullable String callback,
        Map<String, String> labels,
        List<String> headers,
        PreloadOptions preload) {
    /** The most labels of one task. */
    public static final int MAX_LABELS = 16;

    /** The longest deadline and spread. */
    public static final Duration LONGEST = Duration.ofHours(24);

    /** A hard refresh of all devices, every target probed, within ten minutes. */
    public static final TaskOptions DEFAULTS = new TaskOptions(
            Mode.HARD,
            Scope.ALL,
            Verify.ALL,
            QueryRule.EXACT,
            Priority.NORMAL,
            Duration.ZERO,
            null,
            AfterRule.DONE,
            null,
            Duration.ofMinutes(10),
            null,
            Map.of(),
            List.of(),
            PreloadOptions.DEFAULTS);

    /** Checks ranges and copies the collections. */
    public TaskOptions {
        if (spread.isNegative() || spread.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("spread: " + spread + " (expected: 0s to 24h)");
        }
        if (deadline.compareTo(Duration.ofSeconds(1)) < 0 || deadline.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("deadline: " + deadline + " (expected: 1s to 24h)");
        }
        if (labels.size() > MAX_LABELS) {
            throw new IllegalArgumentException("labels: " + labels.size() + " (expected: at most " + MAX_LABELS + ")");
        }
        labels = Map.copyOf(labels);
        headers = List.copyOf(headers);
    }

    /** A builder that starts with these options. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Collects changes. Not thread-safe. */
    public static final class Builder {
        private Mode mode;
        private Scope scope;
        private Verify verify;
        private QueryRule query;
        private Priority priority;
        private Duration spread;
        private @Nullable TaskId after;
        private AfterRule afterOn;
        private @Nullable Instant notBefore;
        private Duration deadline;
        private @Nullable String callback;
        private Map<String, String> labels;
        private List<String> headers;
        private PreloadOptions preload;

        private Builder(TaskOptions from) {
            mode = from.mode;
            scope = from.scope;
            verify = from.verify;
            query = from.query;
            priority = from.priority;
            spread = from.spread;
            after = from.after;
            afterOn = from.afterOn;
            notBefore = from.notBefore;
            deadline = from.deadline;
            callback = from.callback;
            labels = from.labels;
            headers = from.headers;
            preload = from.preload;
        }

        /** Gone or stale. */
        public Builder mode(Mode value) {
            mode = value;
            return this;
        }

        /** Which devices. */
        public Builder scope(Scope value) {
            scope = value;
            return this;
        }

        /** How much is proven. */
        public Builder verify(Verify value) {
            verify = value;
            return this;
        }

        /** How query strings of URL targets count. */
        public Builder query(QueryRule value) {
            query = value;
            return this;
        }

        /** Order among the tenant's tasks. */
        public Builder priority(Priority value) {
            priority = value;
            return this;
        }

        /** Over how long the work is spread. */
        public Builder spread(Duration value) {
            spread = value;
            return this;
        }

        /** The task to wait for. */
        public Builder after(TaskId value) {
            after = value;
            return this;
        }

        /** What is asked of the task to wait for. */
        public Builder afterOn(AfterRule value) {
            afterOn = value;
            return this;
        }

        /** When to start. */
        public Builder notBefore(Instant value) {
            notBefore = value;
            return this;
        }

        /** How long after start or acceptance the task ends at the latest. */
        public Builder deadline(Duration value) {
            deadline = value;
            return this;
        }

        /**
         * Where the final state is posted.
         *
         * @throws IllegalArgumentException if that is not an http or https URL
         */
        public Builder callback(String value) {
            CallbackUrl.parse(value);
            callback = value;
            return this;
        }

        /** The submitter's own marks. */
        public Builder labels(Map<String, String> value) {
            labels = value;
            return this;
        }

        /** Request headers of a preload. */
        public Builder headers(List<String> value) {
            headers = value;
            return this;
        }

        /** What else a preload fetches, and how. */
        public Builder preload(PreloadOptions value) {
            preload = value;
            return this;
        }

        /** The same as collected so far. */
        public PreloadOptions preload() {
            return preload;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if one is out of range
         */
        public TaskOptions build() {
            return new TaskOptions(
                    mode, scope, verify, query, priority, spread, after, afterOn, notBefore, deadline, callback, labels,
                    headers, preload);
        }
    }
}
