// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Asynchronous, sampled, de-duplicated alerts. Internal. */
@NullMarked
package io.cdnrefresh.alert;

import org.jspecify.annotations.NullMarked;
