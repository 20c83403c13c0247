// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

/** A frame that was read: checked, and its payload as it was before compression. The array is the reader's. */
@SuppressWarnings("ArrayRecordComponent") // never compared; a copy of each payload would serve nobody
record InFrame(FrameType type, byte[] payload) {}
