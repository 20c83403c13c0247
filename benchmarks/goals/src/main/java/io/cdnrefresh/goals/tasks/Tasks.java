// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.tasks;

import io.cdnrefresh.model.Report;
import java.util.List;

/** A candidate: tasks in flight for devices 0 to n - 1. Threads enter and report on tasks of their own {@link #lane} only. */
public interface Tasks {
    /** The thread, of two, that a task belongs to; −1 = any. */
    int lane(long id);

    /** Enters a task that nobody has reported on. */
    void enter(long id);

    /** A batch of reports of one device; how many have changed anything. */
    int report(int device, List<Report> reports);
}
