// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.state.TaskTable;

/**
 * What the lanes of one engine share.
 *
 * @param epoch as whom they act
 * @param clock time
 * @param timer arms their timers; it fires into the lane of the payload
 * @param table tasks; each lane touches its own regions only
 * @param shares how much of the table tenants may fill
 * @param feed where commands go
 * @param devices the registry and who is reachable
 * @param delay where the work of absent devices goes
 * @param notifier who is told of ends
 * @param timing periods
 * @param lags how long tasks took
 */
record LaneParts(
        EngineEpoch epoch,
        EngineClock clock,
        RefreshTimer timer,
        TaskTable<LiveTask> table,
        TenantShares shares,
        Feed feed,
        DeviceRegistry devices,
        DelayControl delay,
        Notifier notifier,
        Timing timing,
        Lags lags) {
    /** Timer kind: the one timer of a task; the payload is its id. */
    static final int TASK_TIMER = 1;

    /** Timer kind: the end of a wait; the payload is {@code lane << 48 | number of the wait}. */
    static final int WAIT_TIMER = 2;

    /**
     * Periods, in nanoseconds.
     *
     * @param resend how long a device may be silent before it is asked again, the first time
     * @param longestResend the same after doubling
     * @param update the least time between two saves of an unfinished task
     * @param grace how long a finished task stays in memory
     * @param barrier how long edges wait for parents at most
     */
    record Timing(long resend, long longestResend, long update, long grace, long barrier) {}
}
