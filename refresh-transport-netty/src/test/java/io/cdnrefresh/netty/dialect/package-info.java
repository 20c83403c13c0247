// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.cdnrefresh.netty.dialect;

import org.jspecify.annotations.NullMarked;
