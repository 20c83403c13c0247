// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static io.cdnrefresh.netty.dialect.DialectBench.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.netty.dialect.DialectBench.Sent;
import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signatures as the vendor's own SDKs made them, at the time when they were made. */
class AlibabaSignatureTest {
    private static final Pattern TIME = Pattern.compile("(?:x-acs-date: |Timestamp=)(\\S+?Z)");

    private final DialectBench bench = new DialectBench();

    @BeforeEach
    void knowTheSecret() {
        bench.builder.signingSecrets(id -> id.equals("shop") ? "the-secret" : "another-secret");
    }

    private Sent recorded(String name) {
        Matcher time = TIME.matcher(new String(Corpus.bytes(name), UTF_8));
        assertThat(time.find()).as(name).isTrue();
        bench.clock.setNow(Instant.parse(Percent.decode(time.group(1))).plusSeconds(60));
        return Corpus.request(name);
    }

    private static Sent with(Sent sent, String header, String value) {
        TreeMap<String, String> headers = new TreeMap<>(sent.headers());
        headers.put(header, value);
        return new Sent(sent.method(), sent.target(), headers, sent.body());
    }

    private void assertRefused(Sent sent, String code) {
        ApiResponse answer = bench.call(sent);
        assertThat(text(answer)).contains("'Code':'" + code + "'");
        assertThat(answer.status()).isBetween(400, 499);
        assertThat(bench.asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alibaba-acs3-directory",
                "alibaba-acs3-push",
                "alibaba-acs3-quota",
                "alibaba-acs3-refresh",
                "alibaba-acs3-tasks",
                "alibaba-pop-get",
                "alibaba-pop-post",
                "alibaba-pop-regex",
                "alibaba-rpc-directory",
                "alibaba-rpc-push",
                "alibaba-rpc-quota",
                "alibaba-rpc-refresh",
                "alibaba-rpc-tasks"
            })
    void request_signedByTheSdk_isProven(String name) {
        ApiResponse answer = bench.call(recorded(name));
        assertThat(answer.status()).as(text(answer)).isEqualTo(200);
        assertThat(bench.asked.get(0).keyId()).isEqualTo("shop");
        assertThat(bench.asked.get(0).header("Authorization")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"alibaba-acs3-refresh", "alibaba-rpc-refresh", "alibaba-pop-post"})
    void request_withAnotherBody_isRefused(String name) {
        Sent sent = recorded(name);
        byte[] body = new String(sent.body(), UTF_8)
                .replace("www.shop.com", "www.bank.com")
                .getBytes(UTF_8);
        assertRefused(new Sent(sent.method(), sent.target(), sent.headers(), body), "SignatureDoesNotMatch");
    }

    @ParameterizedTest
    @ValueSource(strings = {"alibaba-acs3-push", "alibaba-rpc-push", "alibaba-pop-get"})
    void request_withAnotherQuery_isRefused(String name) {
        Sent sent = recorded(name);
        String target = sent.target().replace("www.shop.com", "www.bank.com");
        assertRefused(new Sent(sent.method(), target, sent.headers(), sent.body()), "SignatureDoesNotMatch");
    }

    @ParameterizedTest
    @ValueSource(strings = {"alibaba-acs3-refresh", "alibaba-rpc-refresh", "alibaba-pop-get"})
    void request_ofAnotherKey_isRefused(String name) {
        Sent sent = recorded(name);
        TreeMap<String, String> headers = new TreeMap<>(sent.headers());
        headers.computeIfPresent("authorization", (any, text) -> text.replace("Credential=shop", "Credential=bank"));
        String target = sent.target().replace("AccessKeyId=shop", "AccessKeyId=bank");
        assertRefused(new Sent(sent.method(), target, headers, sent.body()), "SignatureDoesNotMatch");
    }

    @ParameterizedTest
    @CsvSource({
        "x-acs-action, PushObjectCache, InvalidParameter",
        "x-acs-signature-nonce, another, SignatureDoesNotMatch",
        "host, elsewhere, SignatureDoesNotMatch",
        "x-acs-content-sha256, 00, SignatureDoesNotMatch",
    })
    void acs3_headerChanged_isRefused(String header, String value, String code) {
        Sent sent = recorded("alibaba-acs3-refresh");
        assertRefused(
                with(
                        header.equals("x-acs-action")
                                ? new Sent("POST", "/?Action=RefreshObjectCaches", sent.headers(), sent.body())
                                : sent,
                        header,
                        value),
                code);
    }

    @Test
    void acs3_headerLeftOutOfTheSigned_isRefused() {
        Sent sent = recorded("alibaba-acs3-refresh");
        String authorization =
                requireNonNull(sent.headers().get("authorization")).replace(";x-acs-date", "");
        assertRefused(with(sent, "authorization", authorization), "IncompleteSignature");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer rk_shop_secret", "ACS3-HMAC-SHA256 Credential=shop", "Basic YTpi", ""})
    void authorization_ofAnotherKind_isRefused(String value) {
        assertRefused(with(recorded("alibaba-acs3-refresh"), "authorization", value), "IncompleteSignature");
    }

    @ParameterizedTest
    @CsvSource({
        "alibaba-acs3-refresh, 16",
        "alibaba-acs3-refresh, -17",
        "alibaba-rpc-refresh, 16",
        "alibaba-rpc-refresh, -17",
    })
    void request_tooOldOrTooNew_isRefused(String name, int minutes) {
        Sent sent = recorded(name);
        bench.clock.setNow(bench.clock.now().plus(Duration.ofMinutes(minutes)));
        assertRefused(sent, "InvalidTimeStamp.Expired");
    }

    @ParameterizedTest
    @ValueSource(strings = {"alibaba-acs3-refresh", "alibaba-rpc-refresh"})
    void request_sentToTwoEngines_isRefusedByTheSecond(String name) {
        LocalCoordinator shared = LocalCoordinator.builder().build();
        Sent sent = recorded(name);
        DialectBench other = new DialectBench();
        other.clock.setNow(bench.clock.now());
        for (DialectBench each : List.of(bench, other)) {
            each.builder.signingSecrets(id -> "the-secret").counters(shared.counters());
        }
        assertThat(bench.call(sent).status()).isEqualTo(200);
        ApiResponse again = other.call(sent);
        assertThat(again.status()).isEqualTo(400);
        assertThat(text(again)).contains("'Code':'SignatureNonceUsed'");
        assertThat(other.asked).isEmpty();
        shared.close();
    }

    @Test
    void request_whileTheOthersCannotBeAsked_isTakenOnceByThisEngine() {
        LocalCoordinator away = LocalCoordinator.builder().build();
        away.close();
        bench.builder.counters(away.counters());
        Sent sent = recorded("alibaba-acs3-refresh");
        assertThat(bench.call(sent).status()).isEqualTo(200);
        assertThat(text(bench.call(sent))).contains("'Code':'SignatureNonceUsed'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"alibaba-acs3-refresh", "alibaba-rpc-refresh"})
    void request_sentTwice_isRefusedTheSecondTime(String name) {
        Sent sent = recorded(name);
        assertThat(bench.call(sent).status()).isEqualTo(200);
        bench.clock.advance(Duration.ofMinutes(10));
        bench.clock.setNow(bench.clock.now().minus(Duration.ofMinutes(10)));
        ApiResponse again = bench.call(sent);
        assertThat(again.status()).isEqualTo(400);
        assertThat(text(again)).contains("'Code':'SignatureNonceUsed'");
        assertThat(bench.asked).hasSize(1);
    }

    @Test
    void request_unsigned_provesNothing() {
        assertThat(bench.call("GET", "/?Action=DescribeRefreshQuota&Version=2018-05-10", "")
                        .status())
                .isEqualTo(200);
        assertThat(bench.asked.get(0).keyId()).isNull();
    }

    @Test
    void request_signedWhereNoSecretIsKnown_provesNothing() {
        DialectBench open = new DialectBench();
        open.call(Corpus.request("alibaba-acs3-refresh"));
        assertThat(open.asked.get(0).keyId()).isNull();
    }
}
