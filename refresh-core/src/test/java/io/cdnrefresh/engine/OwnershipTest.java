// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.PeerCaller;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A tenant sees and purges only what is its own: each way around it has a row here. Shop has shop.test, **.shop.test. */
class OwnershipTest {
    private final AccessBench bench = new AccessBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static String text(ApiResponse answer) {
        return RestBench.text(answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://shop.test/a",
                "https://SHOP.Test/a",
                "https://shop.test./a",
                "https://shop.test:443/a",
                "http://shop.test:80/a",
                "https://www.shop.test/a",
                "https://a.b.shop.test/a"
            })
    void ownUrl_inEverySpelling_isAccepted(String url) {
        bench.submitted(bench.shop, url);
    }

    @ParameterizedTest
    @CsvSource({
        "plain,                   https://rival.test/a",
        "host case,               https://RIVAL.Test/a",
        "trailing dot,            https://rival.test./a",
        "own as a prefix of it,   https://shop.test.evil.test/a",
        "own as its end,          https://evilshop.test/a",
        "own as its path,         https://rival.test/shop.test/",
        "own in the query,        https://rival.test?x=https://shop.test/",
        "another port,            https://shop.test:8443/a",
        "the other scheme's port, http://shop.test:443/a",
        "IDN that looks alike,    https://shοp.test/a",
        "full-width dot,          https://shop．test．evil.test/a",
        "punycode,                https://xn--shp-xlc.test/a",
        "nobody's host,           https://nobody.test/a",
        "a parent of it,          https://test/a"
    })
    void foreignUrl_byEveryTrick_isRefused(String trick, String url) {
        for (String type : new String[] {"url", "preload"}) {
            ApiResponse answer = bench.submit(bench.shop, "{\"type\":\"" + type + "\",\"targets\":[\"" + url + "\"]}");
            assertThat(answer.status()).as(trick + ": " + text(answer)).isEqualTo(403);
            assertThat(text(answer)).contains("\"index\":0", "not-your-host");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://shop.test@rival.test/a", "https://rival.test\\@shop.test/", "//shop.test/a"})
    void urlThatParsersReadDifferently_isNoUrl(String url) {
        String json = url.replace("\\", "\\\\");
        assertThat(bench.submit(bench.shop, "{\"targets\":[\"" + json + "\"]}").status())
                .isEqualTo(400);
    }

    @Test
    void batch_oneForeignTarget_isRefusedWithItsIndex() {
        ApiResponse answer = bench.submit(
                bench.shop, "{\"targets\":[\"https://shop.test/1\",\"https://rival.test/2\",\"https://shop.test/3\"]}");
        assertThat(answer.status()).isEqualTo(403);
        assertThat(text(answer)).contains("\"index\":1").doesNotContain("\"index\":0", "\"index\":2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"type\":\"prefix\",\"targets\":[\"HOST/css/\"]}",
                "{\"type\":\"prefix\",\"targets\":[\"https://HOST/css/\"]}",
                "{\"type\":\"host\",\"targets\":[\"HOST\"]}",
                "{\"type\":\"tag\",\"targets\":[\"t\"],\"hosts\":[\"HOST\"]}",
                "{\"type\":\"tag\",\"targets\":[\"t\"],\"hosts\":[\"shop.test\",\"HOST\"]}",
                "{\"type\":\"regex\",\"targets\":[{\"host\":\"HOST\",\"pattern\":\"^/a\"}]}",
                "{\"type\":\"preload\",\"targets\":[\"https://HOST/a\"]}"
            })
    void everyKind_isHeldToItsHost(String body) {
        String key = bench.shopKey("\"kinds\":[\"url\",\"prefix\",\"host\",\"tag\",\"regex\",\"preload\",\"all\"]");
        assertThat(bench.submit(key, body.replace("HOST", "www.shop.test")).status())
                .isEqualTo(202);
        for (String foreign : new String[] {"rival.test", "RIVAL.TEST.", "shop.test.evil.test", "shop.test:8080"}) {
            ApiResponse answer = bench.submit(key, body.replace("HOST", foreign));
            assertThat(answer.status()).as(foreign + text(answer)).isEqualTo(403);
            assertThat(text(answer)).contains("not-your-host");
        }
    }

    @Test
    void preload_followsOnlyToOwnHosts() {
        String body =
                "{\"type\":\"preload\",\"targets\":[\"https://shop.test/a\"],\"redirects\":\"follow\",\"followHosts\":[\"%s\"]}";
        assertThat(bench.submit(bench.shop, body.formatted("img.shop.test")).status())
                .isEqualTo(202);
        ApiResponse foreign = bench.submit(bench.shop, body.formatted("rival.test"));
        assertThat(foreign.status()).as(text(foreign)).isEqualTo(403);
        assertThat(text(foreign)).contains("followHosts");
    }

    @ParameterizedTest
    @CsvSource({
        "*.shop.test, 202",
        "**.shop.test, 202",
        "*.a.shop.test, 202",
        "**.test, 403",
        "*.test, 403",
        "*.rival.test, 403",
        "**.rival.test, 403"
    })
    void hostPattern_hasToBeWithinTheTenants(String pattern, int status) {
        ApiResponse answer = bench.submit(bench.shop, "{\"type\":\"host\",\"targets\":[\"" + pattern + "\"]}");
        assertThat(answer.status()).as(text(answer)).isEqualTo(status);
    }

    @Test
    void keyForSomeHosts_reachesOnlyThose() {
        String key = bench.shopKey("\"hosts\":[\"*.shop.test\"]");
        bench.submitted(key, "https://www.shop.test/a");
        for (String url : new String[] {"https://shop.test/a", "https://a.b.shop.test/a", "https://rival.test/a"}) {
            assertThat(bench.submit(key, "{\"targets\":[\"" + url + "\"]}").status())
                    .as(url)
                    .isEqualTo(403);
        }
    }

    @ParameterizedTest
    @CsvSource({"regex", "all"})
    void regexAndAll_needARightOfTheirOwn(String kind) {
        String body = kind.equals("all")
                ? "{\"type\":\"all\",\"confirm\":\"all\"}"
                : "{\"type\":\"regex\",\"targets\":[{\"host\":\"shop.test\",\"pattern\":\"^/a\"}]}";
        ApiResponse refused = bench.submit(bench.shop, body);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(text(refused)).contains("no-right");
        String able = bench.shopKey("\"kinds\":[\"" + kind + "\"]");
        assertThat(bench.submit(able, body).status()).isEqualTo(202);
        assertThat(bench.submit(able, "{\"targets\":[\"https://shop.test/a\"]}").status())
                .isEqualTo(403);
    }

    @Test
    void allOfTheTenant_isItsTask_andCannotBeHadForSomeHosts() {
        String able = bench.shopKey("\"kinds\":[\"all\"]");
        String id = AccessBench.member(bench.submit(able, "{\"type\":\"all\",\"confirm\":\"all\"}"), "id");
        assertThat(text(bench.get(bench.admin, "/v1/engine/task/" + id))).contains("\"tenant\":\"shop\"");
        String narrow = bench.shopKey("\"kinds\":[\"all\"],\"hosts\":[\"shop.test\"]");
        assertThat(bench.submit(narrow, "{\"type\":\"all\",\"confirm\":\"all\"}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void allOfThePlatform_needsNetworkWide() {
        String body = "{\"type\":\"all\",\"confirm\":\"all\"}";
        assertThat(bench.submit(bench.admin, body).status()).isEqualTo(403);
        String able = bench.key("{\"name\":\"net\",\"admin\":true,\"networkWide\":true}", bench.admin);
        assertThat(bench.submit(able, body).status()).isEqualTo(202);
        assertThat(bench.submit(bench.admin, "{\"type\":\"all\",\"confirm\":\"all\",\"tenant\":\"shop\"}")
                        .status())
                .isEqualTo(202);
    }

    @Test
    void tenantInTheBody_isForAdmins() {
        String body = "{\"targets\":[\"https://shop.test/a\"],\"tenant\":\"%s\"}";
        assertThat(bench.submit(bench.rival, body.formatted("shop")).status()).isEqualTo(403);
        assertThat(bench.submit(bench.shop, body.formatted("shop")).status()).isEqualTo(202);
        assertThat(bench.submit(bench.admin, body.formatted("shop")).status()).isEqualTo(202);
        assertThat(bench.submit(bench.admin, body.formatted("rival")).status()).isEqualTo(403);
        assertThat(bench.submit(bench.admin, body.formatted("nobody")).status()).isEqualTo(400);
    }

    @Test
    void scope_ofATenantsKey_isGroupsOfTheKey() {
        String key = bench.shopKey("\"groups\":[\"default\"]");
        String body = "{\"targets\":[\"https://shop.test/a\"],\"scope\":%s}";
        assertThat(bench.submit(key, body.formatted("{\"groups\":[\"default\"]}"))
                        .status())
                .isEqualTo(202);
        assertThat(bench.submit(key, body.formatted("{\"groups\":[\"other\"]}")).status())
                .isEqualTo(403);
        ApiResponse all = bench.submit(key, body.formatted("\"all\""));
        assertThat(text(bench.get(key, "/v1/engine/task/" + AccessBench.member(all, "id"))))
                .contains("\"groups\":[\"default\"]");
        assertThat(bench.submit(key, body.formatted("{\"devices\":[\"node-1\"]}"))
                        .status())
                .isEqualTo(403);
        assertThat(bench.submit(key, body.formatted("{\"exclude\":[\"node-1\"]}"))
                        .status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({"GET, ''", "DELETE, ''", "GET, /devices", "GET, /wait?timeout=0s", "GET, /devices/node-1/targets"})
    void foreignId_isAsIfThereWereNoSuchTask(String method, String below) {
        String id = bench.submitted(bench.shop, "https://shop.test/a");
        String free = new TaskId(Long.parseLong(id) + 1).toString();
        ApiResponse foreign = bench.call(bench.rival, method, "/v1/engine/task/" + id + below, "");
        ApiResponse none = bench.call(bench.rival, method, "/v1/engine/task/" + free + below, "");
        assertThat(foreign.status()).isEqualTo(404);
        assertThat(text(foreign).replace(id, "ID")).isEqualTo(text(none).replace(free, "ID"));
        assertThat(text(bench.get(bench.shop, "/v1/engine/task/" + id))).doesNotContain("CANCELLED");
        assertThat(bench.get(bench.shop, "/v1/engine/task/" + id).status()).isEqualTo(200);
    }

    @Test
    void platformsTask_isNoTenantsToSee() {
        String id = bench.submitted(bench.admin, "https://shop.test/a");
        assertThat(bench.get(bench.shop, "/v1/engine/task/" + id).status()).isEqualTo(404);
    }

    @Test
    void list_andExplain_showOnlyOwnTasks() {
        String own = bench.submitted(bench.shop, "https://shop.test/a");
        String others = bench.submitted(bench.rival, "https://rival.test/a");
        String platforms = bench.submitted(bench.admin, "https://shop.test/a");
        assertThat(text(bench.get(bench.shop, "/v1/engine/task"))).contains(own).doesNotContain(others, platforms);
        assertThat(text(bench.get(bench.admin, "/v1/engine/task"))).contains(own, others, platforms);
        String explain = "/v1/engine/explain?url=https://shop.test/a";
        assertThat(text(bench.get(bench.shop, explain))).contains(own).doesNotContain(platforms);
        assertThat(text(bench.get(bench.rival, explain))).doesNotContain(own, platforms);
    }

    @Test
    void after_foreignTask_isUnknown() {
        String others = bench.submitted(bench.rival, "https://rival.test/a");
        String own = bench.submitted(bench.shop, "https://shop.test/a");
        String body = "{\"targets\":[\"https://shop.test/b\"],\"after\":\"%s\"}";
        assertThat(bench.submit(bench.shop, body.formatted(others)).status()).isEqualTo(422);
        assertThat(bench.submit(bench.shop, body.formatted(own)).status()).isEqualTo(202);
    }

    @Test
    void idempotencyKey_isTheTenantsOwn() {
        String shop = "{\"targets\":[\"https://shop.test/a\"]}";
        String first = AccessBench.member(bench.submit(bench.shop, shop, "Idempotency-Key", "k"), "id");
        assertThat(AccessBench.member(bench.submit(bench.shop, shop, "Idempotency-Key", "k"), "id"))
                .isEqualTo(first);
        String rival = "{\"targets\":[\"https://rival.test/a\"]}";
        ApiResponse other = bench.submit(bench.rival, rival, "Idempotency-Key", "k");
        assertThat(other.status()).isEqualTo(202);
        assertThat(AccessBench.member(other, "id")).isNotEqualTo(first);
    }

    /** Task devices, explain, dry run, wait and status: groups and counts. */
    @Test
    void tenant_neverLearnsTheNameOfANode() {
        String id = bench.submitted(bench.shop, "https://shop.test/a");
        bench.engine.report(TaskId.parse(id), 1, true, io.cdnrefresh.model.Outcome.VERIFIED);
        bench.engine.host.runPending();
        bench.engine.pass(Duration.ofSeconds(2));
        String dry = text(bench.submit(bench.shop, "{\"targets\":[\"https://shop.test/a\"],\"dryRun\":true}"));
        String devices = text(bench.get(bench.shop, "/v1/engine/task/" + id + "/devices"));
        assertThat(devices).contains("\"group\":\"default\"", "\"devices\":1");
        assertThat(dry).contains("\"group\":\"default\"", "https://shop.test/a");
        String explain = text(bench.get(bench.shop, "/v1/engine/explain?url=https://shop.test/a"));
        assertThat(explain).contains("\"applied\":1");
        String wait = text(bench.get(bench.shop, "/v1/engine/task/" + id + "/wait?timeout=0s"));
        String status = text(bench.get(bench.shop, "/v1/engine/task/" + id));
        String list = text(bench.get(bench.shop, "/v1/engine/task"));
        assertThat(devices + dry + explain + wait + status + list).doesNotContain("node-1");
        assertThat(bench.get(bench.shop, "/v1/engine/task/" + id + "/devices/node-1/targets")
                        .status())
                .isEqualTo(403);
        assertThat(text(bench.get(bench.admin, "/v1/engine/task/" + id + "/devices")))
                .contains("node-1");
    }

    @Test
    void limits_ofTenantAndKey_areEachTheirOwn() {
        String body = "{\"name\":\"shop\",\"limits\":[\"5/d\"]}";
        assertThat(bench.call(bench.admin, "POST", "/v1/admin/tenants", body).status())
                .isEqualTo(200);
        String slow = bench.shopKey("\"limits\":[\"1/d\"]");
        bench.submitted(slow, "https://shop.test/1");
        ApiResponse limited = bench.submit(slow, "{\"targets\":[\"https://shop.test/2\"]}");
        assertThat(limited.status()).isEqualTo(429);
        assertThat(RestBench.header(limited, "Retry-After")).isNotEmpty();
        for (int i = 0; i < 4; i++) {
            bench.submitted(bench.shop, "https://shop.test/" + i);
        }
        assertThat(bench.submit(bench.shop, "{\"targets\":[\"https://shop.test/5\"]}")
                        .status())
                .isEqualTo(429);
        bench.submitted(bench.rival, "https://rival.test/1");
        assertThat(text(bench.get(slow, "/v1/engine/quota"))).contains("tenant:shop", "key:" + AccessBench.idOf(slow));
        assertThat(text(bench.get(bench.rival, "/v1/engine/quota"))).doesNotContain("shop");
    }

    @Test
    void hostRule_ofAnothersHost_isRefused() {
        String rule = "{\"tenant\":\"rival\"}";
        assertThat(bench.call(bench.admin, "PUT", "/v1/engine/hosts/www.shop.test", rule)
                        .status())
                .isEqualTo(409);
        assertThat(bench.call(bench.admin, "PUT", "/v1/engine/hosts/**.test", rule)
                        .status())
                .isEqualTo(409);
        assertThat(bench.call(bench.admin, "PUT", "/v1/engine/hosts/b.rival.test", rule)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void audit_saysWhoDidWhat() {
        String id = bench.submitted(bench.shop, "https://shop.test/a");
        bench.call(bench.shop, "DELETE", "/v1/engine/task/" + id, "");
        bench.call(bench.admin, "POST", "/v1/engine/pause", "{\"tenant\":\"rival\"}");
        bench.call(bench.admin, "PUT", "/v1/engine/devices/d9/state", "{\"state\":\"offline\"}");
        bench.call(bench.admin, "POST", "/v1/engine/drain", "");
        String all = text(bench.get(bench.admin, "/v1/admin/audit"));
        assertThat(all).contains("task.submit", "task.cancel", "key.add", "tenant.put", "pause", "engine.drain");
        assertThat(text(bench.get(bench.admin, "/v1/admin/audit?action=task.submit")))
                .contains("\"actor\":\"shop-ci\"", "\"tenant\":\"shop\"", "\"subject\":\"" + id + "\"", "\"next\":null")
                .doesNotContain("key.add");
        assertThat(text(bench.get(bench.admin, "/v1/admin/audit?actor=nobody"))).contains("\"records\":[]");
        assertThat(text(bench.get(bench.admin, "/v1/admin/audit?action=task.cancel&tenant=shop")))
                .contains("\"actor\":\"shop-ci\"", "\"subject\":\"" + id + "\"");
        String page = text(bench.get(bench.admin, "/v1/admin/audit?limit=1"));
        assertThat(page).contains("\"next\":\"c");
        assertThat(all).doesNotContain(bench.shop, bench.admin);
    }

    /** What one engine passes on, another takes for the same caller; what a client writes there itself, it does not. */
    @Test
    void callPassedOn_keepsItsCaller_andCannotBeForged() {
        String id = bench.submitted(bench.shop, "https://shop.test/a");
        String path = "/v1/engine/task/" + id;
        Caller shop =
                new Caller("shop-ci", "shop", false, io.cdnrefresh.model.Rights.ALL, AccessBench.idOf(bench.shop));
        ApiRequest call = new RestBench.Request("GET", path, new byte[0]);
        PeerProof engines = new PeerProof("peer secret of the test", bench.engine.clock);
        assertThat(bench.call(engines.sign(call, "", shop)).status()).isEqualTo(200);

        String proof = header(engines.sign(call, "", shop));
        assertThat(bench.call(null, "GET", path, "", PeerCaller.PEER, String.valueOf(proof))
                        .status())
                .isEqualTo(200);
        assertThat(bench.call(null, "DELETE", path, "", PeerCaller.PEER, String.valueOf(proof))
                        .status())
                .as("another method")
                .isEqualTo(401);
        assertThat(bench.call(null, "GET", "/v1/engine/task", "", PeerCaller.PEER, String.valueOf(proof))
                        .status())
                .as("another path")
                .isEqualTo(401);
        ApiRequest empty = new RestBench.Request("POST", "/v1/engine/task", "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(bench.call(
                                null,
                                "POST",
                                "/v1/engine/task",
                                "{\"targets\":[\"https://shop.test/b\"]}",
                                PeerCaller.PEER,
                                String.valueOf(header(engines.sign(empty, "", shop))))
                        .status())
                .as("another body")
                .isEqualTo(401);
        PeerProof forger = new PeerProof("a guess", bench.engine.clock);
        assertThat(bench.call(forger.sign(call, "", shop)).status()).isEqualTo(401);
        String other = String.valueOf(proof).replace(AccessBench.idOf(bench.shop), AccessBench.idOf(bench.admin));
        assertThat(bench.call(null, "GET", path, "", PeerCaller.PEER, other).status())
                .isEqualTo(401);
        bench.engine.clock.advance(Duration.ofSeconds(61));
        assertThat(bench.call(null, "GET", path, "", PeerCaller.PEER, String.valueOf(proof))
                        .status())
                .as("too old")
                .isEqualTo(401);
        RestBench.Request client = new RestBench.Request("GET", path, new byte[0], PeerCaller.PEER, "forged");
        assertThat(header(new PeerProof("", bench.engine.clock).sign(client, "", shop)))
                .isNull();
    }

    private static @Nullable String header(ApiRequest request) {
        return request.header(PeerCaller.PEER);
    }
}
