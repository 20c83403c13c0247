// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Bounded queues of the stages over the Disruptor. Internal. */
@NullMarked
package io.cdnrefresh.ring;

import org.jspecify.annotations.NullMarked;
