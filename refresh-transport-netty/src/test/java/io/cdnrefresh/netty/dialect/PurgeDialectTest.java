// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static io.cdnrefresh.netty.dialect.DialectBench.TASK;
import static io.cdnrefresh.netty.dialect.DialectBench.json;
import static io.cdnrefresh.netty.dialect.DialectBench.problem;
import static io.cdnrefresh.netty.dialect.DialectBench.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as the clients of section "plain PURGE" of docs/dialects.md send them. */
class PurgeDialectTest {
    private static final String BOTH =
            "{'type':'url','targets':['http://www.shop.com%1$s','https://www.shop.com%1$s']}";

    private final DialectBench bench = new DialectBench();

    @ParameterizedTest
    @CsvSource({
        "PURGE, /a.css?x=%41, /a.css?x=%41",
        "PURGE, /%2F//b, /%2F//b",
        "BAN, /c, /c",
        "GET, /purge/d/e.html, /d/e.html",
    })
    void url_hostOfASite_isPurgedWithBothSchemes(String method, String target, String path) {
        assertThat(text(bench.call(method, target, ""))).isEqualTo("Purged 1");
        assertThat(bench.submitted()).containsExactly(BOTH.formatted(path));
    }

    @Test
    void url_schemeNamed_isPurgedWithThatOne() {
        bench.call("PURGE", "/a", "", "X-Forwarded-Proto", "https");
        assertThat(bench.submitted()).containsExactly("{'type':'url','targets':['https://www.shop.com/a']}");
    }

    @Test
    void url_hostIsAZone_isPurgedOfEachOfItsHosts() {
        bench.call("PURGE", "/a", "", "Host", "z1", "X-Forwarded-Proto", "http");
        assertThat(bench.submitted())
                .containsExactly("{'type':'url','targets':['http://www.shop.com/a','http://img.shop.com/a']}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PURGE;     xkey;                   a b",
                "PURGEKEYS; xkey-purge;             a b",
                "PURGE;     Surrogate-Key;          'a, b'",
                "BAN;       Cache-Tags;             a|b",
                "BAN;       X-Cache-Tags;           (^|,)(a|b)(,|$)",
                "BAN;       X-Cache-Tags;           (a|b)(,.+)?$",
                "PURGE;     X-Cache-Tags-Pattern;   a|b",
                "PURGETAGS; X-Cache-Tags;           'a,b'",
                "PURGE;     X-Magento-Tags-Pattern; ((^|,)a(,|$))|((^|,)b(,|$))",
            })
    void tags_inEachClientsHeader_areTagsOfTheZone(String method, String header, String value) {
        assertThat(bench.call(method, "/", "", header, value).status()).isEqualTo(200);
        assertThat(bench.submitted())
                .containsExactly("{'type':'tag','targets':['a','b'],'hosts':['www.shop.com','img.shop.com']}");
    }

    @Test
    void tags_quotedInAPattern_arePlain() {
        bench.call("BAN", "/", "", "X-Cache-Tags", "(^|,)(a\\.b\\-c|d\\:1)(,|$)");
        assertThat(bench.submitted()).singleElement().asString().contains("['a.b-c','d:1']");
    }

    @Test
    void tags_moreThanOneTaskTakes_areCutIntoSeveral() {
        StringBuilder tags = new StringBuilder();
        for (int i = 0; i < 250; i++) {
            tags.append("t").append(i).append(' ');
        }
        assertThat(text(bench.call("PURGE", "/", "", "xkey", tags.toString()))).isEqualTo("Purged 1,2,3");
    }

    @Test
    void tags_soft_isSoft() {
        bench.call("PURGEKEYS", "/", "", "xkey-softpurge", "a");
        assertThat(bench.submitted()).singleElement().asString().contains("'mode':'soft'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PURGE; /;   X-Magento-Tags-Pattern; .*",
                "PURGE; /;   Clear-Cache;            true",
                "PURGE; /.*; X-Purge-Method;         regex",
                "PURGE; /.*; X-VC-Purge-Method;      regex",
                "PURGE; /;   X-Ban-Regex;            .*",
                "BAN;   /;   X-Url;                  .*",
                "BAN;   /;   X-Content-Type;         .*",
            })
    void everything_inEachClientsForm_isTheHostsOfTheZone(String method, String target, String header, String value) {
        bench.call(method, target, "", header, value);
        assertThat(bench.submitted()).containsExactly("{'type':'host','targets':['www.shop.com','img.shop.com']}");
    }

    @Test
    void ban_patternOfHosts_namesThem() {
        bench.call("BAN", "/", "", "X-Host", "^(a\\.com|b\\.com:8080)$", "X-Url", "^/img/", "X-Content-Type", ".*");
        assertThat(bench.submitted())
                .containsExactly("{'type':'regex','targets':[{'host':'a.com','pattern':'^/img/'},"
                        + "{'host':'b.com:8080','pattern':'^/img/'}]}");
    }

    @Test
    void banRegex_ofWordPress_isAPatternAndNotTheUrlBesideIt() {
        bench.call("PURGE", "/blog/", "", "X-Purge-Method", "ban-regex", "X-Ban-Regex", "^/blog/");
        assertThat(bench.submitted())
                .containsExactly("{'type':'regex','targets':[{'host':'www.shop.com','pattern':'^/blog/'},"
                        + "{'host':'img.shop.com','pattern':'^/blog/'}]}");
    }

    @Test
    void methodHeaders_thatDisagree_areRefused() {
        ApiResponse answer = bench.call("PURGE", "/.*", "", "X-Purge-Method", "default", "X-VC-Purge-Method", "regex");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(bench.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "/blog/.*;       {'type':'prefix','targets':['www.shop.com/blog/','img.shop.com/blog/']}",
                "/a.b?page=.*; "
                        + "{'type':'regex','targets':[{'host':'www.shop.com','pattern':'^/a\\\\.b\\\\?page='},"
                        + "{'host':'img.shop.com','pattern':'^/a\\\\.b\\\\?page='}]}",
            })
    void regex_ofWordPress_isWhatStartsSo(String target, String expected) {
        bench.call("PURGE", target, "", "X-Purge-Method", "regex");
        assertThat(bench.submitted()).containsExactly(expected.replace('"', '\''));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PURGE;     X-Purge-Method;         tags",
                "PURGE;     X-Purge-Method;         ban-regex",
                "PURGE;     X-Purge-Method;         everything",
                "PURGE;     X-VC-Purge-Method;      everything",
                "PURGE;     X-VC-Purge-Host;        img.shop.com",
                "BAN;       X-Ban-All;              1",
                "BAN;       X-Ban-Host;             img.shop.com",
                "BAN;       X-Ban-Tags;             a",
                "BAN;       X-Url;                  ^/(a+)+x$",
                "BAN;       X-Url;                  (?=a)b",
                "BAN;       X-Host;                 shop",
                "BAN;       X-Host;                 ^(.*)\\.shop\\.com$",
                "BAN;       X-Content-Type;         text/html",
                "BAN;       X-Cache-Tags;           (^|,)a[0-9]+(,|$)",
                "PURGE;     X-Magento-Tags-Pattern; a.*",
                "PURGEKEYS; X-Nothing;              a",
                "PURGE;     Host;                   *.shop.com",
                "PURGE;     Host;                   user@shop.com",
                "PURGE;     Host;                   ''",
            })
    void request_thatMeansMoreThanCanBeDone_isRefusedWithTheReason(String method, String header, String value) {
        ApiResponse answer = bench.call(method, "/", "", header, value);
        assertThat(answer.status()).as(text(answer)).isEqualTo(400);
        assertThat(text(answer)).contains("expected").isNotEmpty();
        assertThat(bench.asked).isEmpty();
    }

    @Test
    void tags_zoneOfPatterns_areRefused() {
        ApiResponse answer = bench.call("PURGE", "/", "", "Host", "a.wide.com", "xkey", "a");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(text(answer)).contains("*.wide.com");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Authorization;  Bearer rk_1_s",
                "Authorization;  Basic dXNlcjpya18xX3M=",
                "X-VC-Purge-Key; rk_1_s",
                "X-Purge-Key;    rk_1_s",
            })
    void key_inEachClientsHeader_becomesABearer(String header, String value) {
        bench.call("PURGE", "/", "", header, value);
        assertThat(bench.asked)
                .isNotEmpty()
                .allSatisfy(
                        request -> assertThat(request.header("Authorization")).isEqualTo("Bearer rk_1_s"));
    }

    @Test
    void headers_ofTheClient_doNotReachTheEngine() {
        bench.call("PURGE", "/", "", "X-Refresh-Relayed", "1", "Idempotency-Key", "k", "Cookie", "c");
        for (String name : new String[] {"X-Refresh-Relayed", "Idempotency-Key", "Cookie", "Host"}) {
            assertThat(bench.asked.get(0).header(name)).as(name).isNull();
        }
    }

    @Test
    void wait_urlAndBroad_asksForVerifiedOrApplied() {
        bench.call("PURGE", "/", "");
        bench.call("PURGE", "/", "", "xkey", "a");
        assertThat(bench.asked.get(1).path()).isEqualTo(TASK + "/1/wait");
        assertThat(bench.asked.get(1).query()).isEqualTo("until=verified&timeout=3000ms");
        assertThat(bench.asked.get(3).query()).isEqualTo("until=applied&timeout=3000ms");
    }

    @Test
    void wait_notYet_is202() {
        bench.give("GET " + TASK + "/1/wait", json(202, "{'reached':false}"));
        ApiResponse answer = bench.call("PURGE", "/", "");
        assertThat(answer.status()).isEqualTo(202);
        assertThat(text(answer)).isEqualTo("Accepted 1");
    }

    @Test
    void wait_cacheThatCannotBeProbed_isDoneOnceApplied() {
        bench.give("GET " + TASK + "/1/wait", problem(409, "impossible", "x"), json(200, "{}"));
        assertThat(bench.call("PURGE", "/", "").status()).isEqualTo(200);
        assertThat(bench.asked.get(2).query()).isEqualTo("until=applied&timeout=0s");
    }

    @Test
    void wait_cacheThatCouldNot_is502() {
        bench.give("GET " + TASK + "/1/wait", problem(409, "impossible", "x"), problem(409, "impossible", "x"));
        assertThat(bench.call("PURGE", "/", "").status()).isEqualTo(502);
    }

    @Test
    void wait_none_is202AtOnce() {
        assertThat(bench.without(Duration.ZERO).call("PURGE", "/", "").status()).isEqualTo(202);
        assertThat(bench.asked).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 413, 422, 429, 500, 503})
    void refusal_ofTheEngine_keepsStatusReasonAndWait(int status) {
        bench.give("POST " + TASK, problem(status, "some-word", "the reason", "Retry-After", "7"));
        ApiResponse answer = bench.call("PURGE", "/", "");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(text(answer)).isEqualTo("some-word: the reason");
        assertThat(answer.headers()).containsSequence("Retry-After", "7");
        assertThat(answer.headers().contains("WWW-Authenticate")).isEqualTo(status == 401);
    }
}
