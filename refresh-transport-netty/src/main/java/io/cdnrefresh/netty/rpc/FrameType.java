// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import org.jspecify.annotations.Nullable;

/** The kinds of frames; docs/protocol.md says what each holds. */
enum FrameType {
    WELCOME(1, false),
    HELLO(2, false),
    ACCEPT(3, false),
    REFUSE(4, false),
    COMMANDS(5, true),
    REPORTS(6, true),
    ACK(7, false),
    HEARTBEAT(8, false),
    DRAIN(9, false),
    ERROR(10, false);

    private static final FrameType[] ALL = values();

    private final int code;
    private final boolean isBulk;

    FrameType(int code, boolean isBulk) {
        this.code = code;
        this.isBulk = isBulk;
    }

    int code() {
        return code;
    }

    /** Whether the payload may be compressed. */
    boolean isBulk() {
        return isBulk;
    }

    static @Nullable FrameType ofCode(int code) {
        return code >= 1 && code <= ALL.length ? ALL[code - 1] : null;
    }
}
