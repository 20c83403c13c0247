// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Damaged URLs against what a second reader makes of them ({@link URI}): read or refused, never another exception; the host
 * that is authorised is the host that a cache would be asked for; reading again changes nothing. Prints its seed;
 * {@code -Drefresh.seed=} replays, {@code -Drefresh.fuzz=} sets the number of texts. The corpus is {@code urls.txt}.
 */
class UrlFuzzTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final int TEXTS = Integer.getInteger("refresh.fuzz", 40_000);
    private static final List<String> CORPUS = corpus();
    private static final List<String> SPICE = List.of(
            "/",
            "//",
            "\\",
            "@",
            ":",
            ":80",
            ":443",
            ":0",
            ":65536",
            "#",
            "?",
            "%",
            "%2F",
            "%2e",
            "%00",
            "%7E",
            "..",
            ".",
            "[",
            "]",
            "[::1]",
            "xn--",
            " ",
            "\t",
            "\r\n",
            "\u0000",
            "\u007f",
            "\u00e4",
            "\u3002",
            "\uff0e",
            "\u0130",
            "\u017f",
            "\u212a",
            "\u200d",
            "\ud83d\ude00",
            "\ud83d",
            "*",
            "**.",
            "http://",
            "https://",
            "bank.com",
            "'",
            "\"",
            "<",
            "|",
            "^",
            "`",
            "{",
            "~",
            "_",
            "-",
            "A",
            "0");

    private static List<String> corpus() {
        try (InputStream in = requireNonNull(UrlFuzzTest.class.getResourceAsStream("urls.txt"), "urls.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void url_damagedText_isRefusedOrKeepsItsOwner() {
        Random random = new Random(SEED);
        int taken = 0;
        for (int i = 0; i < TEXTS; i++) {
            String text = damaged(random);
            String what = "seed " + SEED + " text " + i + ": " + text;
            Target target = read(Target::url, text, what);
            if (target != null) {
                taken++;
                requireSound(target, what);
                requireSameOwner(target, text, what);
            }
            requireSameInABatch(text, target, what);
        }
        assertThat(taken).as("taken, seed " + SEED).isBetween(TEXTS / 20, TEXTS * 19 / 20);
    }

    @Test
    void otherKinds_damagedText_areRefusedOrStable() {
        Random random = new Random(SEED);
        for (int i = 0; i < TEXTS / 4; i++) {
            String text = damaged(random);
            String what = "seed " + SEED + " text " + i + ": " + text;
            String bare = text.replaceFirst("^https?://", "");
            Target prefix = read(Target::prefix, bare, what);
            if (prefix != null) {
                assertThat(Target.prefix(prefix.wire())).as(what).isEqualTo(prefix);
                assertThat(prefix.path()).as(what).startsWith("/").endsWith("/").doesNotContain("?");
            }
            Target host = read(Target::host, bare.replaceFirst("/.*", ""), what);
            if (host != null) {
                assertThat(Target.host(host.host())).as(what).isEqualTo(host);
                assertThat(host.host()).as(what).matches("(\\*{1,2}\\.)?([a-z0-9._-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");
                assertThat(Target.hostMatches(host.host(), host.host().replaceFirst("^\\*{1,2}\\.", "x.")))
                        .as(what)
                        .isTrue();
            }
            requireNoCrash(() -> Target.tag("a.com", text), what);
            requireNoCrash(() -> Target.regex("a.com", text), what);
        }
    }

    private static void requireNoCrash(Runnable read, String what) {
        try {
            read.run();
        } catch (InvalidTargetException refused) {
            assertThat(refused.code()).as(what).isNotEmpty();
        }
    }

    /** The target; null if the text was refused. Any other exception fails the test. */
    private static @Nullable Target read(Function<String, Target> reader, String text, String what) {
        try {
            return reader.apply(text);
        } catch (InvalidTargetException refused) {
            assertThat(refused.code()).as(what).isNotEmpty();
            assertThat(refused.allowed()).as(what).isNotEmpty();
            return null;
        }
    }

    private static void requireSound(Target target, String what) {
        assertThat(target.wire().chars()).as(what).allMatch(c -> c > ' ' && c < 0x7f && c != '#' && c != '\\');
        assertThat(target.scheme()).as(what).isIn("http", "https");
        assertThat(target.host()).as(what).matches("([a-z0-9._-]+|\\[[0-9a-f:.]+])(:[0-9]{1,5})?");
        assertThat(target.path()).as(what).startsWith("/");
        assertThat(Target.url(target.wire())).as("read again, " + what).isEqualTo(target);
        String identity = target.identity();
        Target same = Target.url(identity);
        assertThat(same.identity()).as("identity twice, " + what).isEqualTo(identity);
        assertThat(same.host()).as("owner by identity, " + what).isEqualTo(target.host());
    }

    /** The second reader, on the text as it came where it can read that, and always on what a cache is asked for. */
    private static void requireSameOwner(Target target, String text, String what) {
        URI asked = uri(target.wire().replaceAll("[\"<>^`{|}\\[\\]](?![0-9a-f:.\\[]*])", "x"));
        if (asked != null && asked.getHost() != null) {
            assertThat(owner(asked)).as("asked, " + what).isEqualTo(target.host());
        }
        URI given = uri(text);
        if (given != null && given.getHost() != null) {
            assertThat(owner(given)).as("given, " + what).isEqualTo(target.host());
        }
    }

    private static @Nullable URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException unreadable) {
            return null;
        }
    }

    /** Host and port as they are written in a target. */
    private static String owner(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        int implied = uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
        return uri.getPort() < 0 || uri.getPort() == implied ? host : host + ":" + uri.getPort();
    }

    private static void requireSameInABatch(String text, @Nullable Target target, String what) {
        TargetList.Builder builder = new TargetList.Builder(2, 64);
        builder.url("https://www.shop.com/first");
        try {
            builder.url(text);
            assertThat(builder.build().get(1)).as("in a batch, " + what).isEqualTo(target);
        } catch (InvalidTargetException refused) {
            assertThat(target).as("alone, " + what).isNull();
        }
    }

    private static String damaged(Random random) {
        StringBuilder text = new StringBuilder(CORPUS.get(random.nextInt(CORPUS.size())));
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + 1 + random.nextInt(6));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, text.substring(at, to));
                case 2, 3 -> text.insert(at, SPICE.get(random.nextInt(SPICE.size())));
                case 4 -> text.replace(at, to, SPICE.get(random.nextInt(SPICE.size())));
                default -> text.insert(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
            }
        }
        return text.toString();
    }
}
