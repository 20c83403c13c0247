// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** What an embedder may plug in. Every type states thread, blocking, order and errors. */
@NullMarked
package io.cdnrefresh.spi;

import org.jspecify.annotations.NullMarked;
