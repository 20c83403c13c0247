// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tells everybody who wants to know what happens to the engine, and changes its worker pools at run time. Internal. */
@NullMarked
package io.cdnrefresh.event;

import org.jspecify.annotations.NullMarked;
