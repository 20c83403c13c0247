// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.stats;

import java.util.List;

/** The names of the figures that every engine has; clients depend on them. An engine may have more. */
public final class EngineStats {
    /** Alerts that wait for their sink. */
    public static final String ALERT_QUEUE = "alert_queue";
    /** Submissions that are not durable yet. */
    public static final String INPUT_TASK_QUEUE = "input_task_queue";
    /** Final states that wait for their callback. */
    public static final String NOTIFY_QUEUE = "notify_queue";
    /** Commands that wait to be pushed. */
    public static final String PUSHING_QUEUE = "pushing_queue";
    /** Reports of devices that wait to be applied. */
    public static final String REPORTING_QUEUE = "reporting_queue";
    /** Inserts and updates that wait for a saver. */
    public static final String SAVER_QUEUE = "saver_queue";
    /** Tasks in memory. */
    public static final String TASKS_IN_CACHE = "tasks_in_cache";
    /** Armed timers. */
    public static final String TIMER_TASKS = "timer_tasks";
    /** When the figures were taken, in Unix milliseconds. */
    public static final String TIMESTAMP = "timestamp";
    /** Meter: reports from proxies. */
    public static final String QPS_PROXY = "qps_proxy";
    /** Meter: requests of clients. */
    public static final String QPS_BOSS = "qps_boss";

    /** The gauges, in the order in which they are shown. */
    public static final List<String> GAUGES = List.of(
            ALERT_QUEUE,
            INPUT_TASK_QUEUE,
            NOTIFY_QUEUE,
            PUSHING_QUEUE,
            REPORTING_QUEUE,
            SAVER_QUEUE,
            TASKS_IN_CACHE,
            TIMER_TASKS);

    /** The meters, in the order in which they are shown. */
    public static final List<String> METERS = List.of(QPS_PROXY, QPS_BOSS);

    private EngineStats() {}
}
