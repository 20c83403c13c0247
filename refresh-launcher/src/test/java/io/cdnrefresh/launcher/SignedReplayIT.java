// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.testkit.FreePorts;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A signed request that one engine has taken is refused by the next: what they know of each other is in Redis. */
class SignedReplayIT {
    @TempDir
    Path folder;

    private final int[] ports = {FreePorts.one(), FreePorts.one()};

    private EngineNode engine(int number, MariaDbServer database, RedisServer redis) {
        return new EngineNode(
                folder.resolve("engine-" + number),
                database.mariaDbUrl(),
                redis.url(),
                "engine.http.dialects=alibaba",
                "engine.dialects.port=" + ports[number],
                "auth.signing-secret=" + "s".repeat(40));
    }

    @Test
    void signedRequest_repeatedAtAnotherEngine_isRefused() throws Exception {
        try (MariaDbServer database = MariaDbServer.start(folder.resolve("database"));
                RedisServer redis = RedisServer.start(folder);
                EngineNode first = engine(0, database, redis);
                EngineNode second = engine(1, database, redis)) {
            first.start();
            first.awaitReady();
            String key = first.api()
                    .post("/v1/admin/keys", "{\"name\":\"ops\",\"admin\":true,\"networkWide\":true}")
                    .body();
            second.start();
            second.awaitReady();
            EngineApi one = new EngineApi(ports[0]);
            EngineApi two = new EngineApi(ports[1]);

            String request = signed(key, "nonce-1");
            assertStatus(one.get(request), 200, "UrlRemain");
            assertStatus(one.get(request), 400, "SignatureNonceUsed");
            assertStatus(two.get(request), 400, "SignatureNonceUsed");
            assertStatus(two.get(signed(key, "nonce-2")), 200, "UrlRemain");

            first.kill();
            first.start();
            first.awaitReady();
            assertStatus(one.get(request), 400, "SignatureNonceUsed");

            redis.kill();
            String third = signed(key, "nonce-3");
            assertStatus(one.get(third), 200, "UrlRemain");
            assertStatus(one.get(third), 400, "SignatureNonceUsed");
        }
    }

    private static void assertStatus(HttpResponse<String> answer, int status, String text) {
        assertThat(answer.statusCode() + " " + answer.body())
                .startsWith(status + " ")
                .contains(text);
    }

    /** As the vendor's SDK signs a GET (HMAC-SHA1, version 1.0). */
    private static String signed(String key, String nonce) throws Exception {
        Map<String, String> fields = new TreeMap<>(Map.of(
                "Action", "DescribeRefreshQuota",
                "Version", "2018-05-10",
                "Format", "JSON",
                "AccessKeyId", member(key, "id"),
                "SignatureMethod", "HMAC-SHA1",
                "SignatureVersion", "1.0",
                "SignatureNonce", nonce,
                "Timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
        String canonical = fields.entrySet().stream()
                .map(field -> percent(field.getKey()) + '=' + percent(field.getValue()))
                .collect(Collectors.joining("&"));
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec((member(key, "signingSecret") + '&').getBytes(UTF_8), "HmacSHA1"));
        byte[] signature = mac.doFinal(("GET&%2F&" + percent(canonical)).getBytes(UTF_8));
        return "/?" + canonical + "&Signature=" + percent(Base64.getEncoder().encodeToString(signature));
    }

    private static String percent(String text) {
        return URLEncoder.encode(text, UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    private static String member(String json, String name) {
        Matcher member = Pattern.compile('"' + name + "\":\"([^\"]+)\"").matcher(json);
        assertThat(member.find()).as(json).isTrue();
        return member.group(1);
    }
}
