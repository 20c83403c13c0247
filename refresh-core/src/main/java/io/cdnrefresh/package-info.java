// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
/** What an embedder touches first: the engine, the proxy and their builders. */
@NullMarked
package io.cdnrefresh;

import org.jspecify.annotations.NullMarked;
