// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** P12: parking work for devices that are away. */
@NullMarked
package io.cdnrefresh.goals.parking;

import org.jspecify.annotations.NullMarked;
