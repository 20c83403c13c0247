// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/** Where an engine stands. */
public enum EngineState {
    /** It waits for its store or its claim. */
    STARTING,
    /** It takes tasks. */
    SERVING,
    /** It takes no new tasks and works on. */
    DRAINING,
    /** It has ended. */
    STOPPED
}
