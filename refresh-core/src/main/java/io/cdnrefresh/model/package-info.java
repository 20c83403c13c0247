// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Immutable records for all that crosses a thread or a module. */
@NullMarked
package io.cdnrefresh.model;

import org.jspecify.annotations.NullMarked;
