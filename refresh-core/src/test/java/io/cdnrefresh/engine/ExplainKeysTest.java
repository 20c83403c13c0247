// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static io.cdnrefresh.engine.RestBench.text;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What explain tells of keys. */
class ExplainKeysTest {
    private final AccessBench bench = new AccessBench();

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    void explain_showsTheKeysThatADryRunShows_toWhoMayPurge() {
        String rule = "{\"tenant\":\"shop\",\"keyTemplate\":\"{uri} {decoded}\",\"schemes\":[\"http\",\"https\"],"
                + "\"variants\":[\"Accept-Encoding: gzip\"]}";
        assertThat(bench.call(bench.admin, "PUT", "/v1/engine/hosts/shop.test", rule)
                        .status())
                .isEqualTo(200);
        String url = "https://shop.test/%7Ea";
        String dry = text(bench.submit(bench.shop, "{\"targets\":[\"" + url + "\"],\"dryRun\":true}"));
        String keys = dry.substring(dry.indexOf("\"groups\":"), dry.indexOf(",\"invalid\""));
        assertThat(keys)
                .contains(
                        "\"http://shop.test/%7Ea\"",
                        "\"https://shop.test/~a\"", "\"https://shop.test/~a Accept-Encoding: gzip\"");
        String explain = "/v1/engine/explain?url=https://shop.test/%257Ea";
        assertThat(text(bench.get(bench.shop, explain))).contains(keys);
        assertThat(text(bench.get(bench.admin, explain)))
                .contains("\"id\":\"node-1\"", keys.substring(keys.indexOf("\"keys\":")));
        assertThat(text(bench.get(bench.rival, explain))).contains("\"groups\":[],\"keys\":[]");
    }
}
