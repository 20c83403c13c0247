// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Races that are tried by jcstress; here for the sake of what is package-private. */
@NullMarked
package io.cdnrefresh.ring;

import org.jspecify.annotations.NullMarked;
