// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

/** Something that a lane is to do, run on the lane's thread. */
@FunctionalInterface
interface LaneEvent {
    void on(Lane lane);
}
