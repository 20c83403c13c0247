// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** What tests of the engine and of foreign SPI implementations stand on: a clock by hand and contract suites. */
@NullMarked
package io.cdnrefresh.testkit;

import org.jspecify.annotations.NullMarked;
