// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.Target;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The URLs in an HLS playlist (RFC 8216): its entries, and those of {@code EXT-X-MEDIA}, {@code EXT-X-MAP}, {@code
 * EXT-X-I-FRAME-STREAM-INF} and {@code EXT-X-PART}. Keys are left out: they are not for caches. Stateless.
 */
final class Playlist {
    /** The longest playlist that is read, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    private static final Pattern WITH_URI =
            Pattern.compile("^#EXT-X-(?:MEDIA|MAP|I-FRAME-STREAM-INF|PART):(?:.*,)?URI=\"([^\"]*)\".*");

    private Playlist() {}

    /** The references of a playlist, as written; null if the bytes are none. Gzip is undone. */
    static @Nullable List<String> read(byte[] bytes) {
        byte[] plain = plain(bytes);
        String text = new String(plain, StandardCharsets.UTF_8);
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        if (!body.startsWith("#EXTM3U")) {
            return null;
        }
        Set<String> found = new LinkedHashSet<>();
        for (String line : body.split("\r?\n", -1)) {
            Matcher tag = WITH_URI.matcher(line);
            if (tag.matches()) {
                found.add(tag.group(1).trim());
            } else if (!line.startsWith("#") && !line.isBlank()) {
                found.add(line.trim());
            }
        }
        return List.copyOf(found);
    }

    private static byte[] plain(byte[] bytes) {
        if (bytes.length < 2 || bytes[0] != 0x1f || bytes[1] != (byte) 0x8b) {
            return bytes;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readNBytes(MAX_BYTES);
        } catch (IOException noGzip) {
            return bytes;
        }
    }

    /** What a reference means where it stands; null if it is no http or https URL. */
    static @Nullable Target resolve(Target base, String reference) {
        int hash = reference.indexOf('#');
        String text = hash < 0 ? reference : reference.substring(0, hash);
        String here = base.scheme() + "://" + base.host();
        String path = base.path();
        int query = path.indexOf('?');
        path = query < 0 ? path : path.substring(0, query);
        String url;
        if (text.matches("(?i)https?://.*")) {
            url = text;
        } else if (text.startsWith("//")) {
            url = base.scheme() + ":" + text;
        } else if (text.matches("[A-Za-z][A-Za-z0-9+.-]*:.*") || text.isEmpty()) {
            return null;
        } else if (text.startsWith("/")) {
            url = here + withoutDots(text);
        } else if (text.startsWith("?")) {
            url = here + path + text;
        } else {
            url = here + withoutDots(path.substring(0, path.lastIndexOf('/') + 1) + text);
        }
        try {
            return Target.url(url);
        } catch (InvalidTargetException none) {
            return null;
        }
    }

    /** RFC 3986, 5.2.4, for a path from the root and whatever query follows it. */
    private static String withoutDots(String text) {
        int query = text.indexOf('?');
        String path = query < 0 ? text : text.substring(0, query);
        ArrayDeque<String> kept = new ArrayDeque<>();
        List<String> parts = new ArrayList<>(List.of(path.split("/", -1)));
        for (int i = 1; i < parts.size(); i++) {
            String part = parts.get(i);
            boolean isLast = i == parts.size() - 1;
            if (part.equals("..")) {
                kept.pollLast();
            } else if (!part.equals(".")) {
                kept.add(part);
                continue;
            }
            if (isLast) {
                kept.add("");
            }
        }
        return "/" + String.join("/", kept) + (query < 0 ? "" : text.substring(query));
    }
}
