// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.codec.TaskCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TargetListTest {
    private static final List<String> ORIGINS = List.of(
            "https://www.example.com",
            "HTTPS://WWW.Example.com",
            "http://www.example.com:80",
            "http://www.example.com:8080",
            "https://bücher.example",
            "https://[2001:db8::1]",
            "https://www.example.com.");
    private static final List<String> PATHS = List.of(
            "",
            "/",
            "/a",
            "/a/b.css?x=1&y=%2F",
            "?q",
            "/~u/%7Eu/%41",
            "/a.b/.c/d..e",
            "/ä/ü?ö",
            "/" + "x".repeat(200),
            "/a//b/;c=d,e!f'(g)*");
    private static final List<String> REFUSED = List.of(
            "/a/../b",
            "/.",
            "/a/%2e%2E/b",
            "/a#b",
            "/a b",
            "/a\\b",
            "/a%zz",
            "/a%2",
            "/\u0001",
            "/" + "x".repeat(8_192));

    @Test
    void url_anyMixOfSpellings_equalsUrlsReadOneByOne() {
        Random random = new Random(20261122);
        for (int round = 0; round < 2_000; round++) {
            int size = 2 + random.nextInt(12);
            TargetList.Builder builder = new TargetList.Builder(random.nextInt(4), random.nextInt(64));
            List<Target> expected = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                // mostly one origin, as in life
                String origin = ORIGINS.get(Math.max(0, random.nextInt(ORIGINS.size() * 3) - ORIGINS.size() * 2));
                String url = origin + PATHS.get(random.nextInt(PATHS.size()));
                builder.url(url);
                expected.add(Target.url(url));
            }
            List<Target> built = builder.build();

            assertThat(built).isInstanceOf(TargetList.class).isEqualTo(expected).hasSameHashCodeAs(expected);
            assertThat(expected).isEqualTo(built);
            assertThat(TargetList.hosts(built)).isEqualTo(TargetList.hosts(expected));
            TargetList list = (TargetList) built;
            for (int i = 0; i < size; i++) {
                assertThat(list.host(i)).isEqualTo(expected.get(i).host());
            }
            assertThat(list.identityHashes())
                    .isEqualTo(expected.stream()
                            .mapToInt(target -> target.identity().hashCode())
                            .toArray());
            byte[] encoded = TaskCodec.encode(RefreshTask.of(TaskKind.URL, built));
            assertThat(encoded).isEqualTo(TaskCodec.encode(RefreshTask.of(TaskKind.URL, expected)));
            List<Target> decoded = TaskCodec.decode(encoded).targets();
            assertThat(decoded).isInstanceOf(TargetList.class).isEqualTo(built);
            assertThat(((TargetList) decoded).checksum()).isEqualTo(list.checksum());
        }
    }

    @Test
    void url_ofWhatIsNoUrl_refusedAsAloneAndNothingAdded() {
        for (String path : REFUSED) {
            String url = "https://www.example.com" + path;
            TargetList.Builder builder = new TargetList.Builder(4, 16);
            builder.url("https://www.example.com/first");
            InvalidTargetException alone = refusal(() -> Target.url(url));

            InvalidTargetException refusal = refusal(() -> builder.url(url));

            assertThat(refusal.code()).isEqualTo(alone.code());
            builder.url("https://www.example.com/last");
            assertThat(builder.build())
                    .containsExactly(
                            Target.url("https://www.example.com/first"), Target.url("https://www.example.com/last"));
        }
    }

    private static InvalidTargetException refusal(Runnable read) {
        try {
            read.run();
        } catch (InvalidTargetException refusal) {
            return refusal;
        }
        throw new AssertionError("was taken");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://www.example.com.evil.com/a",
                "https://www.example.com:8443/a",
                "https://www.example.comx/a"
            })
    void url_withTheLastOriginAsItsPrefix_hasItsOwnHost(String url) {
        TargetList.Builder builder = new TargetList.Builder(2, 16);
        builder.url("https://www.example.com/first");
        builder.url(url);

        assertThat(builder.build().get(1)).isEqualTo(Target.url(url));
    }

    @Test
    void add_whatIsNotPackable_keepsAllTargetsInOrder() {
        Target regex = Target.regex("www.example.com", "/é+");
        TargetList.Builder builder = new TargetList.Builder(1, 16);
        builder.url("https://www.example.com/a");
        builder.url("https://www.example.com/b");
        builder.add(regex);
        builder.url("https://www.example.com/c");
        builder.add(1, "h", new byte[] {'/', 'd'}, 0, 2);

        assertThat(builder.build())
                .isNotInstanceOf(TargetList.class)
                .containsExactly(
                        Target.url("https://www.example.com/a"),
                        Target.url("https://www.example.com/b"),
                        regex,
                        Target.url("https://www.example.com/c"),
                        new Target("http", "h", "/d"));
    }

    @Test
    void build_noneOrOne_isAPlainList() {
        assertThat(new TargetList.Builder(0, 0).build()).isEmpty();
        TargetList.Builder one = new TargetList.Builder(1, 0);
        one.add(2, "h", new byte[] {'/'}, 0, 1);
        assertThat(one.build()).isNotInstanceOf(TargetList.class).containsExactly(new Target("https", "h", "/"));
    }

    @Test
    void get_outside_throws() {
        TargetList.Builder builder = new TargetList.Builder(2, 16);
        builder.url("https://h/a");
        builder.url("https://h/b");
        List<Target> built = builder.build();

        assertThatThrownBy(() -> built.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> built.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> built.add(built.get(0))).isInstanceOf(UnsupportedOperationException.class);
    }
}
