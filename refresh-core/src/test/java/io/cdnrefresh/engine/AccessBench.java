// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.AuthOptions;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An engine with one device, an admin key and two tenants: shop has shop.test and **.shop.test, rival has rival.test. */
final class AccessBench implements AutoCloseable {
    final EngineByHand engine;
    final String admin;
    final String shop;
    final String rival;

    AccessBench() {
        this(EngineOptions.DEFAULTS.toBuilder()
                .auth(new AuthOptions(false, "signing master of the test", "peer secret of the test")));
    }

    AccessBench(EngineOptions.Builder options) {
        engine = new EngineByHand(options);
        engine.host.start();
        engine.host.runPending();
        engine.hello("node-1", "boot");
        engine.host.runPending();
        admin = key("{\"name\":\"ops\",\"admin\":true}", null);
        tenant("shop", "\"shop.test\",\"**.shop.test\"");
        tenant("rival", "\"rival.test\"");
        shop = key("{\"name\":\"shop-ci\",\"tenant\":\"shop\"}", admin);
        rival = key("{\"name\":\"rival-ci\",\"tenant\":\"rival\"}", admin);
    }

    void tenant(String name, String hosts) {
        String body = "{\"name\":\"" + name + "\",\"hosts\":[" + hosts + "]}";
        assertThat(call(admin, "POST", "/v1/admin/tenants", body).status()).isIn(200, 201);
    }

    /** Makes a key; its text. */
    String key(String body, @Nullable String by) {
        ApiResponse made = call(by, "POST", "/v1/admin/keys", body);
        assertThat(made.status()).as(RestBench.text(made)).isEqualTo(201);
        return member(made, "key");
    }

    /** A key of shop with more members. */
    String shopKey(String members) {
        return key("{\"name\":\"other\",\"tenant\":\"shop\"," + members + "}", admin);
    }

    static String idOf(String key) {
        return key.split("_", -1)[1];
    }

    /** The text of a member, wherever it stands first. */
    static String member(ApiResponse answer, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(RestBench.text(answer));
        assertThat(matcher.find()).as(RestBench.text(answer)).isTrue();
        return matcher.group(1);
    }

    ApiResponse call(@Nullable String key, String method, String target, String body, String... headers) {
        List<String> all = new ArrayList<>(Arrays.asList(headers));
        if (key != null) {
            all.add("Authorization");
            all.add("Bearer " + key);
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return call(new RestBench.Request(method, target, bytes, all.toArray(String[]::new)));
    }

    ApiResponse call(ApiRequest request) {
        List<ApiResponse> answers = new ArrayList<>();
        engine.host.api().onRequest(request, answers::add);
        engine.host.runPending();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    ApiResponse get(@Nullable String key, String target) {
        return call(key, "GET", target, "");
    }

    ApiResponse submit(@Nullable String key, String body, String... headers) {
        return call(key, "POST", "/v1/engine/task", body, headers);
    }

    /** Submits a URL; the id of its task. */
    String submitted(String key, String url) {
        ApiResponse answer = submit(key, "{\"targets\":[\"" + url + "\"]}");
        assertThat(answer.status()).as(RestBench.text(answer)).isEqualTo(202);
        return member(answer, "id");
    }

    @Override
    public void close() {
        engine.close();
    }
}
