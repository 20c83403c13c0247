// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A submission as bytes on the wire, with places for what makes each of its URLs another one. Immutable. */
final class RequestTemplate {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final String GAP = "################";

    private final byte[] bytes;
    private final int[] gaps;

    /** A submission of so many URLs. */
    RequestTemplate(int urls) {
        StringBuilder body = new StringBuilder("{\"targets\":[");
        for (int i = 0; i < urls; i++) {
            body.append(i == 0 ? "\"" : ",\"")
                    .append("https://www.example.com/assets/site/image-")
                    .append(GAP)
                    .append(".jpg\"");
        }
        body.append("]}");
        String text =
                "POST /v1/engine/task HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body;
        List<Integer> places = new ArrayList<>();
        for (int at = text.indexOf(GAP); at >= 0; at = text.indexOf(GAP, at + 1)) {
            places.add(at);
        }
        bytes = text.getBytes(StandardCharsets.US_ASCII);
        gaps = places.stream().mapToInt(Integer::intValue).toArray();
    }

    int urls() {
        return gaps.length;
    }

    /** A buffer with the request; {@link #fill} makes it another one. */
    ByteBuf newBuffer(ByteBufAllocator allocator) {
        return allocator.directBuffer(bytes.length).writeBytes(bytes);
    }

    /** Writes the numbers from {@code first} on into the URLs. */
    void fill(ByteBuf request, long first) {
        for (int i = 0; i < gaps.length; i++) {
            long number = first + i;
            int at = gaps[i];
            for (int digit = 0; digit < 16; digit++) {
                request.setByte(at + digit, HEX[(int) (number >>> 60 - 4 * digit) & 15]);
            }
        }
    }
}
