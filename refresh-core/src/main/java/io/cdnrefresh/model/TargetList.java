// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Many targets as the bytes in which they are stored and sent: a batch of thousands is one object, and costs a copy where
 * it is written. Immutable; equal to every list of equal targets. An element is made when it is asked for.
 *
 * <p>The packed form of a target, of printable ASCII only:
 *
 * <pre>
 * octet    0 no scheme, 1 http, 2 https; + 4 = same host as the target before
 * text     host, unless it is the same
 * text     path
 *
 * text     varint bytes, the bytes; varint = unsigned LEB128 in its shortest form
 * </pre>
 */
public final class TargetList extends AbstractList<Target> implements RandomAccess {
    /** What stands in a target's octet when its host is that of the target before. */
    public static final int SAME_HOST = 4;

    /** The largest code of a scheme. */
    public static final int MAX_SCHEME = 2;

    private static final String[] SCHEMES = {"", "http", "https"};

    private final byte[] packed;
    private final int[] starts;
    /** Neighbours with one host are a run: the hosts of the runs, and where each begins. */
    private final List<String> hosts;

    private final int[] runs;

    private TargetList(Builder from) {
        packed = Arrays.copyOf(from.bytes, from.length);
        starts = Arrays.copyOf(from.starts, from.count);
        hosts = List.copyOf(from.hosts);
        runs = Arrays.copyOf(from.runs, hosts.size());
    }

    /** The code of a scheme in the packed form; −1 = it has none. */
    public static int code(String scheme) {
        for (int code = 0; code < SCHEMES.length; code++) {
            if (SCHEMES[code].equals(scheme)) {
                return code;
            }
        }
        return -1;
    }

    /** The scheme of a code from 0 to {@link #MAX_SCHEME}. */
    public static String scheme(int code) {
        return SCHEMES[code];
    }

    /** Whether the packed form can hold a text: every character is printable ASCII. */
    public static boolean isPackable(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    /** The hosts of any targets, each once for neighbours that share it. */
    public static List<String> hosts(List<Target> targets) {
        if (targets instanceof TargetList list) {
            return list.hosts;
        }
        if (targets.size() == 1) {
            return List.of(targets.get(0).host());
        }
        List<String> hosts = new ArrayList<>();
        for (Target target : targets) {
            if (hosts.isEmpty() || !target.host().equals(hosts.get(hosts.size() - 1))) {
                hosts.add(target.host());
            }
        }
        return Collections.unmodifiableList(hosts);
    }

    @Override
    public int size() {
        return starts.length;
    }

    /** A new object each time. */
    @Override
    public Target get(int index) {
        int head = packed[starts[Objects.checkIndex(index, starts.length)]];
        int path = pathOf(index);
        String text = new String(packed, path, end(index) - path, StandardCharsets.ISO_8859_1);
        return new Target(SCHEMES[head & ~SAME_HOST], host(index), text);
    }

    /** The host of a target. */
    public String host(int index) {
        int run = runs.length == 1 ? 0 : Arrays.binarySearch(runs, index);
        return hosts.get(run < 0 ? -run - 2 : run);
    }

    private int end(int index) {
        return index + 1 < starts.length ? starts[index + 1] : packed.length;
    }

    /** Where the path of a target begins; it goes to the target's end. */
    private int pathOf(int index) {
        int at = starts[index];
        if ((packed[at++] & SAME_HOST) == 0) {
            at = host(index).length() + behindNumber(at);
        }
        return behindNumber(at);
    }

    private int behindNumber(int at) {
        int behind = at;
        while (packed[behind] < 0) {
            behind++;
        }
        return behind + 1;
    }

    /** The hash codes of all targets' {@link Target#identity}, in order. */
    public int[] identityHashes() {
        int[] hashes = new int[starts.length];
        int scheme = -1;
        int origin = 0;
        for (int i = 0; i < hashes.length; i++) {
            int head = packed[starts[i]];
            if (head != (scheme | SAME_HOST)) {
                scheme = head & ~SAME_HOST;
                origin = hash(hash(SCHEMES[scheme].hashCode(), "://"), host(i));
            }
            int path = pathOf(i);
            boolean isIdentity = scheme != 0 && !hasEscape(path, end(i));
            hashes[i] =
                    isIdentity ? hash(origin, path, end(i)) : get(i).identity().hashCode();
        }
        return hashes;
    }

    private boolean hasEscape(int from, int to) {
        for (int i = from; i < to; i++) {
            if (packed[i] == '%') {
                return true;
            }
        }
        return false;
    }

    /** Goes on with {@link String#hashCode}, four steps at once where there are four. */
    private int hash(int begun, int from, int to) {
        int hash = begun;
        int i = from;
        for (; i + 3 < to; i += 4) {
            hash = 923_521 * hash + 29_791 * packed[i] + 961 * packed[i + 1] + 31 * packed[i + 2] + packed[i + 3];
        }
        for (; i < to; i++) {
            hash = 31 * hash + packed[i];
        }
        return hash;
    }

    private static int hash(int begun, String text) {
        int hash = begun;
        for (int i = 0; i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return hash;
    }

    /** A checksum of all targets: equal for equal lists of this class, quicker than {@link #hashCode}. */
    public int checksum() {
        CRC32C sum = new CRC32C();
        sum.update(packed);
        return (int) sum.getValue();
    }

    /** The bytes of the packed form. */
    public int packedLength() {
        return packed.length;
    }

    /** Writes the packed form of all targets. */
    public void copyTo(byte[] into, int at) {
        System.arraycopy(packed, 0, into, at, packed.length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TargetList list ? Arrays.equals(packed, list.packed) : super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }

    /** Gathers targets. Not thread-safe. */
    public static final class Builder {
        /** What stands in a path as it is and means nothing by itself: no escape, no fragment, nothing to refuse. */
        private static final boolean[] IS_PLAIN = new boolean[128];

        static {
            Arrays.fill(IS_PLAIN, '!', 0x7f, true);
            IS_PLAIN['%'] = false;
            IS_PLAIN['#'] = false;
            IS_PLAIN['\\'] = false;
        }

        private byte[] bytes;
        private int length;
        private int[] starts;
        private int count;
        private final List<String> hosts = new ArrayList<>(1);
        private int[] runs = {0};
        private @Nullable Target first;
        /** In place of the bytes, once a target came that they cannot hold. */
        private @Nullable List<Target> plain;

        /** The last URL's scheme and authority as they were spelled, and the scheme's code. */
        private String spelled = "";

        private int spelledScheme;

        /** Expects so many targets, which take so many bytes. */
        public Builder(int expected, int expectedBytes) {
            bytes = new byte[Math.max(16, expectedBytes)];
            starts = new int[Math.max(1, expected)];
        }

        /**
         * Adds a URL, as {@link Target#url} reads it.
         *
         * @throws InvalidTargetException if it is none; then nothing is added
         */
        public void url(String text) {
            if (plain == null && count > 0 && isLikeLast(text) && path(text, spelled.length())) {
                return;
            }
            Target target = Target.url(text);
            add(target);
            spelledScheme = code(target.scheme());
            spelled = text.substring(0, UrlReader.authorityEnd(text));
        }

        /** Whether only the path is another one, so that it alone has to be read. */
        private boolean isLikeLast(String text) {
            int from = spelled.length();
            return from > 0
                    && text.length() > from
                    && text.length() <= Target.MAX_LENGTH
                    && text.charAt(from) == '/'
                    && text.startsWith(spelled);
        }

        /** Adds a path of the last host if it needs no closer look; else nothing happens. */
        private boolean path(String text, int from) {
            int size = text.length() - from;
            reserve(size + 8);
            int at = length;
            bytes[at++] = (byte) (spelledScheme | SAME_HOST);
            at = number(at, size);
            char last = 0;
            for (int i = from; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c >= 0x7f || !IS_PLAIN[c] || c == '.' && last == '/') {
                    return false;
                }
                bytes[at++] = (byte) c;
                last = c;
            }
            start();
            length = at;
            return true;
        }

        /** Adds a target of any kind. */
        public void add(Target target) {
            if (plain == null && code(target.scheme()) >= 0 && isPackable(target.host()) && isPackable(target.path())) {
                byte[] path = target.path().getBytes(StandardCharsets.ISO_8859_1);
                add(code(target.scheme()), target.host(), path, 0, path.length);
                first = first == null ? target : first;
                return;
            }
            if (plain == null) {
                plain = new ArrayList<>(build());
            }
            plain.add(target);
        }

        /** Adds a target whose path is so many bytes from a place on; host and path are {@linkplain #isPackable packable}. */
        public void add(int scheme, String host, byte[] text, int from, int size) {
            if (plain != null) {
                String path = new String(text, from, size, StandardCharsets.US_ASCII);
                plain.add(new Target(SCHEMES[scheme], host, path));
                return;
            }
            reserve(host.length() + size + 16);
            boolean isSameHost = !hosts.isEmpty() && host.equals(hosts.get(hosts.size() - 1));
            int at = length;
            bytes[at++] = (byte) (isSameHost ? scheme | SAME_HOST : scheme);
            if (!isSameHost) {
                at = number(at, host.length());
                for (int i = 0; i < host.length(); i++) {
                    bytes[at++] = (byte) host.charAt(i);
                }
                if (hosts.size() == runs.length) {
                    runs = Arrays.copyOf(runs, runs.length * 2);
                }
                runs[hosts.size()] = count;
                hosts.add(host);
            }
            at = number(at, size);
            System.arraycopy(text, from, bytes, at, size);
            start();
            length = at + size;
            spelled = "";
        }

        private void start() {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, starts.length * 2);
            }
            starts[count++] = length;
        }

        private int number(int from, int value) {
            int at = from;
            int rest = value;
            while (rest > 0x7f) {
                bytes[at++] = (byte) (rest | 0x80);
                rest >>>= 7;
            }
            bytes[at++] = (byte) rest;
            return at;
        }

        private void reserve(int more) {
            if (bytes.length - length < more) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
            }
        }

        /** The targets so far: packed, unless there is but one, or one that the packed form cannot hold. */
        public List<Target> build() {
            if (plain != null) {
                return List.copyOf(plain);
            }
            if (count > 1) {
                return new TargetList(this);
            }
            Target single = first;
            return count == 0 ? List.of() : List.of(single != null ? single : new TargetList(this).get(0));
        }
    }
}
