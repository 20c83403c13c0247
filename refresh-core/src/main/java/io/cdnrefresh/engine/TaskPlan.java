// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import java.util.List;

/**
 * Which devices a task is for, and in which steps. Immutable; equal plans are shared by the tasks of a lane.
 *
 * @param devices all of them
 * @param steps parents before edges; never empty
 */
record TaskPlan(DeviceSet devices, List<DeviceSet> steps) {}
