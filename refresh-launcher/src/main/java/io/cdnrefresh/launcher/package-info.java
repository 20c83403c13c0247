// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** The program: configuration, wiring, command line. Nothing depends on it. */
@NullMarked
package io.cdnrefresh.launcher;

import org.jspecify.annotations.NullMarked;
