// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.codec.TaskCodec;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.spi.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xerial.snappy.Snappy;

/**
 * The binary columns of a task.
 *
 * <pre>
 * body    octet 0 = the rest is the encoded task; 1 = the rest is it in one Snappy block
 * counts  8 bytes a count in the order of the outcomes' codes, without the zeros at the end
 * </pre>
 */
final class Bodies {
    private static final Logger logger = LoggerFactory.getLogger(Bodies.class);
    private static final int PLAIN = 0;
    private static final int SNAPPY = 1;

    /** Below, a block gains nothing. */
    private static final int MIN_COMPRESSED = 256;

    private static final int MAX_BODY = 64 << 20;
    private static final boolean HAS_SNAPPY = probe();

    private Bodies() {}

    /** Snappy unpacks a native library, which a host may forbid. */
    private static boolean probe() {
        try {
            return Snappy.uncompress(Snappy.compress(new byte[8])).length == 8;
        } catch (IOException | LinkageError | RuntimeException noNativeCode) {
            logger.warn("task bodies are stored uncompressed cause={}", noNativeCode.toString());
            return false;
        }
    }

    static byte[] encode(RefreshTask task) {
        byte[] plain;
        try {
            plain = TaskCodec.encode(task);
        } catch (IllegalArgumentException unusable) {
            throw new StoreException(Category.PERMANENT, "the task cannot be stored", unusable);
        }
        if (HAS_SNAPPY && plain.length >= MIN_COMPRESSED) {
            try {
                byte[] body = new byte[1 + Snappy.maxCompressedLength(plain.length)];
                body[0] = SNAPPY;
                int length = Snappy.compress(plain, 0, plain.length, body, 1);
                if (length < plain.length - plain.length / 10) {
                    return Arrays.copyOf(body, 1 + length);
                }
            } catch (IOException failed) {
                logger.warn("task body is stored uncompressed", failed);
            }
        }
        return plain(plain);
    }

    static RefreshTask decode(byte[] body) {
        try {
            if (body.length > 0 && body[0] == PLAIN) {
                return TaskCodec.decode(body, 1);
            }
            if (body.length > 0 && body[0] == SNAPPY && HAS_SNAPPY) {
                byte[] rest = Arrays.copyOfRange(body, 1, body.length);
                long length = Snappy.uncompressedLength(rest);
                // no block expands by more than 22: a larger claim is a damaged row
                if (length <= MAX_BODY && length <= 22L * rest.length + 64) {
                    return TaskCodec.decode(Snappy.uncompress(rest));
                }
            }
        } catch (IOException | IllegalArgumentException damaged) {
            throw new StoreException(Category.PERMANENT, "a stored task cannot be read", damaged);
        }
        throw new StoreException(Category.PERMANENT, "a stored task cannot be read: unknown form", null);
    }

    private static byte[] plain(byte[] task) {
        byte[] body = new byte[task.length + 1];
        body[0] = PLAIN;
        System.arraycopy(task, 0, body, 1, task.length);
        return body;
    }

    static byte[] encode(OutcomeCounts counts) {
        long[] values = counts.toArray();
        int used = values.length;
        while (used > 0 && values[used - 1] == 0) {
            used--;
        }
        ByteBuffer bytes = ByteBuffer.allocate(used * Long.BYTES);
        for (int i = 0; i < used; i++) {
            bytes.putLong(values[i]);
        }
        return bytes.array();
    }

    static OutcomeCounts counts(byte[] bytes) {
        long[] values = new long[bytes.length / Long.BYTES];
        ByteBuffer.wrap(bytes).asLongBuffer().get(values);
        return OutcomeCounts.of(values);
    }
}
