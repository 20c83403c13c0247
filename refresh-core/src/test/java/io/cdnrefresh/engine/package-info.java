// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the engine. */
@NullMarked
package io.cdnrefresh.engine;

import org.jspecify.annotations.NullMarked;
