// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the stores, and real servers for them. */
@NullMarked
package io.cdnrefresh.mysql;

import org.jspecify.annotations.NullMarked;
