// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** In-process store, coordinator and transport: for tests, embedding and one-process use. */
@NullMarked
package io.cdnrefresh.local;

import org.jspecify.annotations.NullMarked;
