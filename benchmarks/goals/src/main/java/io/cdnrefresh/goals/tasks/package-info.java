// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** P11: tasks in flight. */
@NullMarked
package io.cdnrefresh.goals.tasks;

import org.jspecify.annotations.NullMarked;
