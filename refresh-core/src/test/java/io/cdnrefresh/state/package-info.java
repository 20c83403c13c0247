// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of what the engine remembers. */
@NullMarked
package io.cdnrefresh.state;

import org.jspecify.annotations.NullMarked;
