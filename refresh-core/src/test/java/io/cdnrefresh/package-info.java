// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of what an embedder touches first. */
@NullMarked
package io.cdnrefresh;

import org.jspecify.annotations.NullMarked;
