// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.AuthOptions;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.SigningSecret;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and what keys and tenants live through. */
class AccessTest {
    private final AccessBench bench = new AccessBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private void assertRefused(ApiResponse answer) {
        assertThat(answer.status()).as(RestBench.text(answer)).isEqualTo(401);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(RestBench.header(answer, "WWW-Authenticate")).startsWith("Bearer");
    }

    @Test
    void withoutKeys_everybodyIsTheLocalAdmin() {
        try (EngineByHand plain = new EngineByHand(EngineOptions.DEFAULTS.toBuilder())) {
            plain.host.start();
            plain.host.runPending();
            Caller[] caller = new Caller[1];
            AccessControl access = new AccessControl(plain.setup(), plain.host.life());
            caller[0] = access.door().enter(FrontDoor.Need.ADMIN, new RestBench.Request("GET", "/", new byte[0]));
            assertThat(caller[0]).isEqualTo(Caller.LOCAL);
        }
    }

    @Test
    void withoutKeysWhereTheyAreNeeded_nobodyIsLetIn() {
        RecordedAccess access = new RecordedAccess(bench.engine.clock, new AuthOptions(true, "", ""));
        RestBench closed = new RestBench(access);
        assertRefused(closed.call("GET", "/v1/engine/stats", ""));
        assertThat(closed.call("GET", "/healthz", "").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "rk_", "rk_x", "rk_x_y", "Basic abc", "rk_%s_", "rk_%s_wrong", "%s"})
    void wrongKey_isRefused(String text) {
        String key = text.replace("%s", AccessBench.idOf(bench.admin));
        assertRefused(bench.get(key, "/v1/engine/stats"));
        assertRefused(bench.get(key, "/v1/engine/task"));
        assertRefused(bench.get(null, "/v1/engine/task"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/readyz", "/version", "/openapi.json"})
    void openRoutes_needNoKey(String path) {
        assertThat(bench.get(null, path).status()).isLessThan(400);
        assertThat(bench.get("rk_no_key", path).status()).isLessThan(400);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/engine/stats",
        "GET, /v1/engine/devices",
        "PUT, /v1/engine/devices/d",
        "PUT, /v1/engine/devices/d/state",
        "DELETE, /v1/engine/devices/d",
        "GET, /v1/engine/hosts",
        "PUT, /v1/engine/hosts/shop.test",
        "DELETE, /v1/engine/hosts/shop.test",
        "GET, /v1/engine/events",
        "GET, /v1/engine/pause",
        "POST, /v1/engine/pause",
        "POST, /v1/engine/resume",
        "POST, /v1/engine/drain",
        "GET, /v1/admin/keys",
        "POST, /v1/admin/keys",
        "POST, /v1/admin/keys/x/rotate",
        "DELETE, /v1/admin/keys/x",
        "GET, /v1/admin/tenants",
        "POST, /v1/admin/tenants",
        "DELETE, /v1/admin/tenants/shop",
        "GET, /v1/admin/audit"
    })
    void adminRoutes_needAnAdminKey(String method, String path) {
        assertRefused(bench.call(null, method, path, "{}"));
        ApiResponse tenant = bench.call(bench.shop, method, path, "{}");
        assertThat(tenant.status()).isEqualTo(403);
        assertThat(RestBench.text(tenant)).contains("urn:cdnrefresh:problem:admin-only");
    }

    /** What is not named as open is for admins: a route that is added tomorrow is not open by accident. */
    @Test
    void unknownRoutes_areForAdmins() {
        assertThat(FrontDoor.need("/v1/engine/new")).isEqualTo(FrontDoor.Need.ADMIN);
        assertThat(FrontDoor.need("/metrics")).isEqualTo(FrontDoor.Need.ADMIN);
        assertThat(FrontDoor.need("/v1/engine/taskforce")).isEqualTo(FrontDoor.Need.ADMIN);
        assertThat(FrontDoor.need("/v1/engine/task/{id}/callbacks")).isEqualTo(FrontDoor.Need.KEY);
    }

    @Test
    void keys_areShownOnce_andKeptHashed() {
        String list = RestBench.text(bench.get(bench.admin, "/v1/admin/keys"));
        for (String key : List.of(bench.admin, bench.shop, bench.rival)) {
            assertThat(list).contains(AccessBench.idOf(key)).doesNotContain(key.substring(key.indexOf('_', 3)));
        }
        assertThat(list).doesNotContain("hash");
        assertThat(bench.engine.registry().access().keys().toString()).doesNotContain("hash", bench.shop);
    }

    @Test
    void newKey_hasItsSigningSecret() {
        ApiResponse made = bench.call(bench.admin, "POST", "/v1/admin/keys", "{\"name\":\"sdk\",\"tenant\":\"shop\"}");
        String id = AccessBench.member(made, "id");
        assertThat(AccessBench.member(made, "signingSecret"))
                .isEqualTo(SigningSecret.of("signing master of the test", id))
                .isNotEqualTo(SigningSecret.of("signing master of the test", id + "x"));
    }

    @Test
    void revokedKey_isRefusedAtOnce() {
        assertThat(bench.get(bench.shop, "/v1/engine/task").status()).isEqualTo(200);
        String path = "/v1/admin/keys/" + AccessBench.idOf(bench.shop);
        assertThat(bench.call(bench.admin, "DELETE", path, "").status()).isEqualTo(200);
        assertRefused(bench.get(bench.shop, "/v1/engine/task"));
        assertThat(bench.call(bench.admin, "DELETE", path, "").status()).isEqualTo(404);
    }

    @Test
    void lastAdminKey_staysEvenWhenItIsRevoked() {
        String path = "/v1/admin/keys/" + AccessBench.idOf(bench.admin);
        assertThat(bench.call(bench.admin, "DELETE", path, "").status()).isEqualTo(409);
        String second = bench.key("{\"name\":\"ops2\",\"admin\":true}", bench.admin);
        assertThat(bench.call(second, "DELETE", path, "").status()).isEqualTo(200);
        assertRefused(bench.get(bench.admin, "/v1/engine/stats"));
    }

    @Test
    void expiredKey_isRefused_andDoesNotOpenTheDoor() {
        String until = bench.engine.clock.now().plusSeconds(60).toString();
        String key = bench.shopKey("\"expiresAt\":\"" + until + "\"");
        assertThat(bench.get(key, "/v1/engine/task").status()).isEqualTo(200);
        bench.engine.clock.advance(Duration.ofSeconds(60));
        assertRefused(bench.get(key, "/v1/engine/task"));
    }

    @Test
    void rotatedKey_newTextCountsAtOnce_oldTextForItsGrace() {
        String path = "/v1/admin/keys/" + AccessBench.idOf(bench.shop) + "/rotate";
        String fresh = AccessBench.member(bench.call(bench.admin, "POST", path, "{\"grace\":\"1m\"}"), "key");
        assertThat(fresh).isNotEqualTo(bench.shop).startsWith("rk_" + AccessBench.idOf(bench.shop) + "_");
        assertThat(bench.get(fresh, "/v1/engine/task").status()).isEqualTo(200);
        assertThat(bench.get(bench.shop, "/v1/engine/task").status()).isEqualTo(200);
        bench.engine.clock.advance(Duration.ofMinutes(1));
        assertRefused(bench.get(bench.shop, "/v1/engine/task"));

        String last = AccessBench.member(bench.call(bench.admin, "POST", path, ""), "key");
        assertRefused(bench.get(fresh, "/v1/engine/task"));
        assertThat(bench.get(last, "/v1/engine/task").status()).isEqualTo(200);
    }

    @Test
    void firstKey_hasToBeAnAdmins() {
        RestBench empty = new RestBench();
        ApiResponse answer = empty.call("POST", "/v1/admin/keys", "{\"name\":\"ci\",\"tenant\":\"shop\"}");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(empty.call("POST", "/v1/admin/keys", "{\"name\":\"ops\",\"admin\":true}")
                        .status())
                .isEqualTo(201);
        assertThat(empty.call("GET", "/v1/engine/stats", "").status()).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | name",
                "{\"name\":\"a b\",\"admin\":true} | name",
                "{\"name\":\"a\"} | tenant",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"admin\":true} | tenant",
                "{\"name\":\"a\",\"tenant\":\"nobody\"} | tenant",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"networkWide\":true} | networkWide",
                "{\"name\":\"a\",\"admin\":true,\"hosts\":[\"a.b\"]} | hosts",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"hosts\":[\"a b\"]} | hosts",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"kinds\":[\"any\"]} | kinds",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"limits\":[\"many\"]} | limits",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"expiresAt\":\"2000-01-01T00:00:00Z\"} | expiresAt",
                "{\"name\":\"a\",\"tenant\":\"shop\",\"rights\":1} | rights"
            })
    void addKey_fault_isNamed(String body, String field) {
        ApiResponse answer = bench.call(bench.admin, "POST", "/v1/admin/keys", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer)).contains("\"field\":\"" + field + "\"");
    }

    @Test
    void tenant_withKeys_cannotBeRemoved_withoutItCan() {
        assertThat(bench.call(bench.admin, "DELETE", "/v1/admin/tenants/rival", "")
                        .status())
                .isEqualTo(409);
        bench.call(bench.admin, "DELETE", "/v1/admin/keys/" + AccessBench.idOf(bench.rival), "");
        assertThat(bench.call(bench.admin, "DELETE", "/v1/admin/tenants/rival", "")
                        .status())
                .isEqualTo(200);
        assertThat(RestBench.text(bench.get(bench.admin, "/v1/admin/tenants"))).doesNotContain("rival");
        bench.tenant("shop", "\"shop.test\",\"rival.test\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop.test",
                "a.shop.test",
                "*.shop.test",
                "**.shop.test",
                "**.test",
                "SHOP.test.",
                "*.a.shop.test"
            })
    void hostOfAnother_cannotBeTaken(String host) {
        ApiResponse answer = bench.call(
                bench.admin, "POST", "/v1/admin/tenants", "{\"name\":\"rival\",\"hosts\":[\"" + host + "\"]}");
        assertThat(answer.status()).as(RestBench.text(answer)).isEqualTo(409);
        assertThat(RestBench.text(answer)).contains("host-taken");
    }

    @Test
    void login_cookieNeedsItsTokenForUnsafeCalls() {
        ApiResponse login = bench.call(null, "POST", "/v1/login", "{\"key\":\"" + bench.admin + "\"}");
        assertThat(login.status()).isEqualTo(200);
        String cookie = RestBench.header(login, "Set-Cookie");
        assertThat(cookie).contains("HttpOnly", "SameSite=Strict", "Path=/").doesNotContain(bench.admin);
        String session = cookie.substring(0, cookie.indexOf(';'));
        String csrf = AccessBench.member(login, "csrf");

        assertThat(bench.call(null, "GET", "/v1/engine/stats", "", "Cookie", session)
                        .status())
                .isEqualTo(200);
        String pause = "{\"tenant\":\"shop\"}";
        assertThat(bench.call(null, "POST", "/v1/engine/pause", pause, "Cookie", session)
                        .status())
                .isEqualTo(403);
        assertThat(bench.call(null, "POST", "/v1/engine/pause", pause, "Cookie", session, "X-CSRF-Token", csrf + "x")
                        .status())
                .isEqualTo(403);
        assertThat(bench.call(
                                null,
                                "POST",
                                "/v1/engine/pause",
                                pause,
                                "Cookie",
                                "a=b; " + session,
                                "X-CSRF-Token",
                                csrf)
                        .status())
                .isEqualTo(200);
        assertThat(AccessBench.member(bench.call(null, "GET", "/v1/login", "", "Cookie", session), "csrf"))
                .isEqualTo(csrf);
        ApiResponse logout = bench.call(null, "POST", "/v1/logout", "", "Cookie", session, "X-CSRF-Token", csrf);
        assertThat(RestBench.header(logout, "Set-Cookie")).contains("refresh_session=;", "Max-Age=0");
    }

    @Test
    void session_endsWithItsTime_itsKeyAndItsRotation() {
        ApiResponse login = bench.call(null, "POST", "/v1/login", "{\"key\":\"" + bench.shop + "\"}");
        String cookie = RestBench.header(login, "Set-Cookie");
        String session = cookie.substring(0, cookie.indexOf(';'));
        assertThat(bench.call(null, "GET", "/v1/engine/task", "", "Cookie", session)
                        .status())
                .isEqualTo(200);
        assertRefused(bench.call(null, "GET", "/v1/engine/task", "", "Cookie", session + "x"));
        bench.engine.clock.advance(Sessions.LENGTH);
        assertRefused(bench.call(null, "GET", "/v1/engine/task", "", "Cookie", session));

        String again = RestBench.header(
                bench.call(null, "POST", "/v1/login", "{\"key\":\"" + bench.shop + "\"}"), "Set-Cookie");
        String other = again.substring(0, again.indexOf(';'));
        bench.call(bench.admin, "POST", "/v1/admin/keys/" + AccessBench.idOf(bench.shop) + "/rotate", "");
        assertRefused(bench.call(null, "GET", "/v1/engine/task", "", "Cookie", other));
        assertRefused(bench.call(null, "POST", "/v1/login", "{\"key\":\"" + bench.shop + "\"}"));
    }
}
