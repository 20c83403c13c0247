// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static io.cdnrefresh.netty.dialect.DialectBench.TASK;
import static io.cdnrefresh.netty.dialect.DialectBench.problem;
import static io.cdnrefresh.netty.dialect.DialectBench.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudflareDialectTest {
    private static final String PURGE = "/client/v4/zones/z1/purge_cache";

    private final DialectBench bench = new DialectBench();

    private ApiResponse purge(String body, String... headers) {
        return bench.call("POST", PURGE, body.replace('\'', '"'), headers);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{'files':['http://www.shop.com/A?b=%41']};  {'type':'url','targets':['http://www.shop.com/A?b=%41']}",
                "{'files':[{'url':'https://img.shop.com/b','headers':{'CF-Device-Type':'desktop'}}]};"
                        + "{'type':'url','targets':['https://img.shop.com/b']}",
                "{'tags':['a','B']};   {'type':'tag','targets':['a','B'],'hosts':['www.shop.com','img.shop.com']}",
                "{'hosts':['img.shop.com']};                 {'type':'host','targets':['img.shop.com']}",
                "{'prefixes':['www.shop.com/x/']};           {'type':'prefix','targets':['www.shop.com/x/']}",
                "{'prefixes':['www.shop.com/a.b','www.shop.com/x/']};"
                        + "{'type':'regex','targets':[{'host':'www.shop.com','pattern':'^/a\\\\.b'},"
                        + "{'host':'www.shop.com','pattern':'^/x/'}]}",
                "{'purge_everything':true};                  {'type':'host','targets':['www.shop.com','img.shop.com']}",
                "{'files':['http://www.shop.com/'],'purge_everything':false};"
                        + "{'type':'url','targets':['http://www.shop.com/']}",
            })
    void purge_eachKind_isOneTask(String body, String expected) {
        ApiResponse answer = purge(body);
        assertThat(text(answer)).isEqualTo("{'success':true,'errors':[],'messages':[],'result':{'id':'1'}}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(bench.submitted()).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/zones/z1/purge_cache",
                "/client/v4/zones/z1/environments/e1/purge_cache",
                "/client/v4/zones/z1/invalidate_cache"
            })
    void path_otherForms_areTaken(String path) {
        assertThat(bench.call("POST", path, "{\"tags\":[\"a\"]}").status()).isEqualTo(200);
        assertThat(new String(bench.asked.get(0).body(), UTF_8))
                .contains(path.contains("invalidate") ? "\"mode\":\"soft\"" : "\"mode\":\"hard\"");
    }

    @Test
    void delete_asOldClientsSend_isTaken() {
        assertThat(bench.call("DELETE", PURGE, "{\"purge_everything\":true}").status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{};                                       1012",
                "{'purge_everything':false};               1012",
                "{'purge_everything':true,'tags':['a']};   1012",
                "{'tags':['a'],'hosts':['www.shop.com']};  1012",
                "{'tags':['a'],'else':1};                  1012",
                "{'tags':[]};                              1012",
                "{'files':'http://www.shop.com/'};         1014",
                "{'tags':['a b']};                         1315",
                "{'tags':['']};                            1315",
                "{'files':[1]};                            1016",
                "{'files':[{'uri':'x'}]};                  1016",
                "{'files':['http://other.com/']};          1016",
                "{'files':['//www.shop.com/']};            1016",
                "{'hosts':['other.com']};                  1016",
                "{'prefixes':['other.com/a']};             1016",
                "{'prefixes':['www.shop.com/a?b']};        1016",
                "{'tags':['a'];                            6007",
                "[];                                       6007",
                "~~;                                       6007",
            })
    void purge_wrongBody_isRefusedWithItsNumber(String body, int code) {
        ApiResponse answer = purge(body);
        assertThat(text(answer)).startsWith("{'success':false,'errors':[{'code':" + code + ",'message':'");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(bench.asked).isEmpty();
    }

    @Test
    void purge_longTag_isRefusedWithItsNumber() {
        assertThat(text(purge("{'tags':['" + "a".repeat(1025) + "']}"))).contains("'code':1100");
    }

    @Test
    void purge_unknownZone_is404() {
        ApiResponse answer = bench.call("POST", "/zones/other/purge_cache", "{\"purge_everything\":true}");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(text(answer)).contains("'code':7003");
    }

    @Test
    void purge_patternInTheZone_takesHostsBelowItButNoTags() {
        String path = "/zones/wild/purge_cache";
        assertThat(bench.call("POST", path, "{\"files\":[\"http://a.wide.com/\"]}")
                        .status())
                .isEqualTo(200);
        assertThat(bench.call("POST", path, "{\"purge_everything\":true}").status())
                .isEqualTo(200);
        assertThat(bench.call("POST", path, "{\"tags\":[\"a\"]}").status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid-request, 1016",
        "401, unauthorized, 10000",
        "403, forbidden, 9109",
        "404, not-found, 7003",
        "429, limited, 971",
        "503, overloaded, 1016"
    })
    void refusal_ofTheEngine_hasEnvelopeStatusAndWait(int status, String word, int code) {
        bench.give("POST " + TASK, problem(status, word, "the reason", "Retry-After", "7"));
        ApiResponse answer = purge("{'tags':['a']}");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(text(answer))
                .isEqualTo("{'success':false,'errors':[{'code':" + code
                        + ",'message':'the reason'}],'messages':[],'result':null}");
        assertThat(answer.headers()).containsExactly("Retry-After", "7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization=Bearer rk_1_s", "X-Auth-Key=rk_1_s", "X-Auth-User-Service-Key=rk_1_s"})
    void key_inEachHeader_becomesABearer(String header) {
        purge("{'tags':['a']}", header.split("=", 2));
        assertThat(bench.asked.get(0).header("Authorization")).isEqualTo("Bearer rk_1_s");
    }

    @Test
    void repeat_saidByTheClient_hasTheKeyOfTheFirstAttempt() {
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "0");
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "1");
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "2");
        assertThat(bench.asked.stream().map(request -> request.header("Idempotency-Key")))
                .doesNotContainNull()
                .containsOnly(bench.asked.get(0).header("Idempotency-Key"));
    }

    @Test
    void repeat_newCallOtherBodyOtherKeyOrLater_hasAKeyOfItsOwn() {
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "0");
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "0");
        purge("{'tags':['b']}", "X-Stainless-Retry-Count", "1");
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "1", "X-Auth-Key", "k");
        bench.clock.advance(RetryKeys.WINDOW.plus(Duration.ofSeconds(1)));
        purge("{'tags':['a']}", "X-Stainless-Retry-Count", "1");
        assertThat(bench.asked.stream().map(request -> request.header("Idempotency-Key")))
                .doesNotContainNull()
                .doesNotHaveDuplicates();
    }

    @Test
    void repeat_clientThatSaysNothing_isANewTask() {
        purge("{'tags':['a']}");
        assertThat(bench.asked.get(0).header("Idempotency-Key")).isNull();
    }
}
