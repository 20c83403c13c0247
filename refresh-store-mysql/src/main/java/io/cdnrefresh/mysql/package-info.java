// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tasks and registry in MySQL, MariaDB or SQLite. */
@NullMarked
package io.cdnrefresh.mysql;

import org.jspecify.annotations.NullMarked;
