// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The stages of the engine. Internal. */
@NullMarked
package io.cdnrefresh.engine;

import org.jspecify.annotations.NullMarked;
