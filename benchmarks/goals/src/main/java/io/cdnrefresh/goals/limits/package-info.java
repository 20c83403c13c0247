// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** P13: limits that engines share. */
@NullMarked
package io.cdnrefresh.goals.limits;

import org.jspecify.annotations.NullMarked;
