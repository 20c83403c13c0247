// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Looks for locks that are not given back and for queues and maps that grow. Internal. */
@NullMarked
package io.cdnrefresh.diag;

import org.jspecify.annotations.NullMarked;
