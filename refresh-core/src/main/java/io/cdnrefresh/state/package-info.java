// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** What the engine remembers of tasks and devices. Internal. */
@NullMarked
package io.cdnrefresh.state;

import org.jspecify.annotations.NullMarked;
