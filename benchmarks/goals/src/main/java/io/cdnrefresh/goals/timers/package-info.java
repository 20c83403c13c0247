// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** P9: timers. */
@NullMarked
package io.cdnrefresh.goals.timers;

import org.jspecify.annotations.NullMarked;
