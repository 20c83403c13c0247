// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static io.cdnrefresh.netty.dialect.DialectBench.TASK;
import static io.cdnrefresh.netty.dialect.DialectBench.json;
import static io.cdnrefresh.netty.dialect.DialectBench.problem;
import static io.cdnrefresh.netty.dialect.DialectBench.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FastlyDialectTest {
    private static final String HOSTS = ",'hosts':['www.shop.com','img.shop.com']}";

    private final DialectBench bench = new DialectBench();

    private ApiResponse post(String target, String body, String... headers) {
        return bench.call("POST", target, body.replace('\'', '"'), headers);
    }

    @ParameterizedTest
    @CsvSource({
        "/purge/www.shop.com%2Fa%2520b%3Fc%3D1, www.shop.com/a%20b?c=1",
        "/purge/www.shop.com/a%20b?c=1,         www.shop.com/a%20b?c=1",
        "/purge/www.shop.com//a%2Fb,            www.shop.com//a%2Fb",
        "/purge/www.shop.com,                   www.shop.com",
    })
    void url_encodedOnceOrNot_isPurgedWithBothSchemes(String target, String url) {
        assertThat(text(post(target, ""))).isEqualTo("{'status':'ok','id':'1'}");
        assertThat(bench.submitted())
                .containsExactly("{'type':'url','targets':['http://" + url + "','https://" + url + "']}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/purge/https%3A%2F%2Fwww.shop.com%2Fa", "/purge/https://www.shop.com/a"})
    void url_withScheme_isPurgedWithThatOne(String target) {
        post(target, "");
        assertThat(bench.submitted()).containsExactly("{'type':'url','targets':['https://www.shop.com/a']}");
    }

    @Test
    void purgeMethod_withFastlyHeaders_isAnsweredAsFastlyDoes() {
        ApiResponse answer = bench.call("PURGE", "/a?b", "", "Fastly-Soft-Purge", "1", "Fastly-Key", "rk_1_s");
        assertThat(text(answer)).isEqualTo("{'status':'ok','id':'1'}");
        assertThat(new String(bench.asked.get(0).body(), UTF_8)).contains("http://www.shop.com/a?b", "\"soft\"");
        assertThat(bench.asked.get(0).header("Authorization")).isEqualTo("Bearer rk_1_s");
    }

    @Test
    void purgeMethod_withoutThem_isPlain() {
        assertThat(text(bench.call("PURGE", "/a", ""))).isEqualTo("Purged 1");
    }

    @ParameterizedTest
    @CsvSource({"/service/z1/purge/a, a", "/service/z1/purge/a%2Fb, a/b", "/service/z1/purge/a/b//c, a/b//c"})
    void key_single_isATag(String target, String tag) {
        assertThat(text(post(target, "", "Fastly-Soft-Purge", "1"))).isEqualTo("{'status':'ok','id':'1'}");
        assertThat(bench.submitted())
                .containsExactly("{'type':'tag','targets':['" + tag + "']" + HOSTS.replace("}", ",'mode':'soft'}"));
    }

    @Test
    void batch_ofBodyOrHeader_hasAnIdForEachKey() {
        assertThat(text(post("/service/z1/purge", "{'surrogate_keys':['a','b','a']}")))
                .isEqualTo("{'a':'1','b':'1'}");
        assertThat(text(post("/service/z1/purge", "", "Surrogate-Key", "c d"))).isEqualTo("{'c':'2','d':'2'}");
        assertThat(bench.submitted())
                .containsExactly(
                        "{'type':'tag','targets':['a','b']" + HOSTS, "{'type':'tag','targets':['c','d']" + HOSTS);
    }

    @Test
    void batch_256Keys_areTakenAnd257Refused() {
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 256; i++) {
            keys.append('k').append(i).append(' ');
        }
        ApiResponse taken = post("/service/z1/purge", "", "Surrogate-Key", keys.toString());
        assertThat(taken.status()).isEqualTo(200);
        assertThat(text(taken)).contains("'k0':'1'", "'k255':'3'");

        ApiResponse refused = post("/service/z1/purge", "", "Surrogate-Key", keys + "more");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(text(refused))
                .contains("'status':'fail'", "Batch surrogate key request only supports up to 256 surrogate keys");
    }

    @Test
    void batch_secondPartRefused_isRefused() {
        bench.give("POST " + TASK, json(202, "{'id':'9'}"), problem(429, "limited", "none left", "Retry-After", "7"));
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            keys.append('k').append(i).append(' ');
        }
        assertThat(post("/service/z1/purge", "", "Surrogate-Key", keys.toString())
                        .status())
                .isEqualTo(429);
    }

    @Test
    void all_isEveryHostOfTheServiceAndNeverSoft() {
        assertThat(text(post("/service/z1/purge_all", "", "Fastly-Soft-Purge", "1")))
                .isEqualTo("{'status':'ok'}");
        assertThat(bench.submitted()).containsExactly("{'type':'host','targets':['www.shop.com','img.shop.com']}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "/service/other/purge_all; {};                       404",
                "/service/z1/elsewhere;    {};                       404",
                "/service/z1/purge;        {};                       400",
                "/service/z1/purge;        {'surrogate_keys':[1]};   400",
                "/service/z1/purge;        nonsense;                 400",
                "/service/z1/purge/a%2;    {};                       400",
                "/purge/ftp%3A%2F%2Fa%2Fb; {};                       202",
            })
    void request_wrong_isRefusedInFastlysForm(String target, String body, int status) {
        if (status == 202) { // the engine refuses what is no URL
            bench.give("POST " + TASK, problem(400, "invalid-request", "targets[0]: bad-host"));
        }
        ApiResponse answer = post(target, body);
        assertThat(answer.status()).isEqualTo(status == 202 ? 400 : status);
        assertThat(text(answer)).startsWith("{'status':'fail','msg':'");
    }

    @ParameterizedTest
    @CsvSource({
        "401, Provided credentials are missing or invalid",
        "403, You are not authorized to perform this action",
        "429, Rate limit exceeded",
        "503, Service unavailable"
    })
    void refusal_ofTheEngine_hasMessageStatusAndWait(int status, String message) {
        bench.give("POST " + TASK, problem(status, "word", "the reason", "Retry-After", "7"));
        ApiResponse answer = post("/service/z1/purge_all", "");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(text(answer))
                .isEqualTo("{'status':'fail','msg':'" + message + "','reason':'the reason','detail':'the reason'}");
        assertThat(answer.headers()).containsSequence("Retry-After", "7");
        if (status == 429) {
            long reset = bench.clock.now().getEpochSecond() + 7;
            assertThat(answer.headers())
                    .containsSequence("Fastly-RateLimit-Remaining", "0", "Fastly-RateLimit-Reset", "" + reset);
        }
    }

    @Test
    void answer_withALimit_tellsWhatIsLeft() {
        bench.give("POST " + TASK, json(202, "{'id':'9'}", "RateLimit", "\"tenant\";r=12;t=30"));
        long reset = bench.clock.now().getEpochSecond() + 30;
        assertThat(post("/service/z1/purge_all", "").headers())
                .containsExactly("Fastly-RateLimit-Remaining", "12", "Fastly-RateLimit-Reset", "" + reset);
    }
}
