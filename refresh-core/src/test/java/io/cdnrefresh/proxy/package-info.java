// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** Tests of the proxy's stages. */
@NullMarked
package io.cdnrefresh.proxy;

import org.jspecify.annotations.NullMarked;
