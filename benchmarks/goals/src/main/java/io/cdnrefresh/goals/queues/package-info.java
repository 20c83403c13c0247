// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** P10: queues in front of a stage. */
@NullMarked
package io.cdnrefresh.goals.queues;

import org.jspecify.annotations.NullMarked;
