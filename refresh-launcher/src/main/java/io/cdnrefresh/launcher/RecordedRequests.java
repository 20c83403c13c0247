// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** Reads a recording, ours or GoReplay's, {@code .gz} too, one request at a time. Not thread-safe. */
final class RecordedRequests implements AutoCloseable {
    private static final int MOST_BYTES = 64 * 1024 * 1024;

    private final InputStream in;
    private long skipped;

    private RecordedRequests(InputStream in) {
        this.in = in;
    }

    static RecordedRequests open(Path file) throws IOException {
        InputStream plain = Files.newInputStream(file);
        try {
            InputStream read = file.toString().endsWith(".gz") ? new GZIPInputStream(plain, 65_536) : plain;
            return new RecordedRequests(new BufferedInputStream(read, 65_536));
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    /** The next request; null at the end. What is none is skipped and counted. */
    @Nullable
    RecordedRequest next() throws IOException {
        for (byte[] entry = entry(); entry != null; entry = entry()) {
            RecordedRequest request = RecordedRequest.parse(entry);
            if (request != null) {
                return request;
            }
            skipped++;
        }
        return null;
    }

    /** Entries that were no requests, such as recorded answers. */
    long skipped() {
        return skipped;
    }

    private byte @Nullable [] entry() throws IOException {
        byte[] separator = RecordedRequest.SEPARATOR;
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        int matched = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            if (entry.size() > MOST_BYTES) {
                throw new IOException("an entry above " + MOST_BYTES + " bytes: no recording");
            }
            entry.write(next);
            if (next == (separator[matched] & 0xff)) {
                matched++;
                if (matched == separator.length) {
                    byte[] all = entry.toByteArray();
                    return java.util.Arrays.copyOf(all, all.length - separator.length);
                }
            } else {
                // its first byte occurs in it at both ends only
                matched = next == separator[0] ? 1 : 0;
            }
        }
        return entry.size() == 0 ? null : entry.toByteArray();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
