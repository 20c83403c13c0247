// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the loops and of the module's walls. */
@NullMarked
package io.cdnrefresh.netty;

import org.jspecify.annotations.NullMarked;
