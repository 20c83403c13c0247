// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the encodings. */
@NullMarked
package io.cdnrefresh.codec;

import org.jspecify.annotations.NullMarked;
