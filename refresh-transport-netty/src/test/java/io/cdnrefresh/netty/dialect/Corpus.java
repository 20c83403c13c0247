// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.cdnrefresh.netty.dialect.DialectBench.Sent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Requests as real clients sent them: those of Cloudflare, Fastly and Alibaba recorded from the npm packages of
 * refresh-launcher/src/test/clients, the others written down from the sources of their clients. In files: request line,
 * headers, an empty line, body.
 */
final class Corpus {
    static final List<String> NAMES = List.of(
            "alibaba-acs3-directory",
            "alibaba-acs3-push",
            "alibaba-acs3-quota",
            "alibaba-acs3-refresh",
            "alibaba-acs3-task",
            "alibaba-acs3-tasks",
            "alibaba-pop-get",
            "alibaba-pop-post",
            "alibaba-pop-regex",
            "alibaba-rpc-directory",
            "alibaba-rpc-push",
            "alibaba-rpc-quota",
            "alibaba-rpc-refresh",
            "alibaba-rpc-task",
            "alibaba-rpc-tasks",
            "ban-drupal",
            "ban-fos",
            "ban-fos-tags",
            "ban-fos-tags-2",
            "clear-symfony",
            "cloudflare-everything",
            "cloudflare-files",
            "cloudflare-hosts",
            "cloudflare-invalidate",
            "cloudflare-objects",
            "cloudflare-prefixes",
            "cloudflare-tags",
            "fastly-all",
            "fastly-batch",
            "fastly-batch-header",
            "fastly-key",
            "fastly-url",
            "get-nginx-helper",
            "purge-curl",
            "purge-fastly",
            "purge-fos",
            "purge-magento",
            "purge-magento-all",
            "purge-vcaching",
            "purge-wordpress",
            "purge-wordpress-ban",
            "purge-wordpress-default",
            "purge-wordpress-tags",
            "purge-xkey",
            "purgekeys-fos",
            "purgetags-symfony");

    private Corpus() {}

    /** The bytes of a file. */
    static byte[] bytes(String name) {
        try (InputStream in = requireNonNull(Corpus.class.getResourceAsStream(name + ".http"), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Sent request(String name) {
        return read(new String(bytes(name), UTF_8));
    }

    /** Reads whatever text as a request, as far as that is possible. */
    static Sent read(String text) {
        int end = text.indexOf("\n\n");
        String[] lines = (end < 0 ? text : text.substring(0, end)).split("\n", -1);
        String[] first = lines[0].split(" ", 3);
        TreeMap<String, String> headers = new TreeMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.put(
                        lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).strip());
            }
        }
        String body = end < 0 ? "" : text.substring(end + 2);
        return new Sent(first[0], first.length < 2 ? "/" : first[1], headers, body.getBytes(UTF_8));
    }
}
