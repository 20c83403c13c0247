// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The languages of other systems' clients, spoken in front of the engine's API: {@code docs/dialects.md}. */
@NullMarked
package io.cdnrefresh.netty.dialect;

import org.jspecify.annotations.NullMarked;
