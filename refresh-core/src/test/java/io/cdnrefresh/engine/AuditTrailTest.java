// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every action of docs/access.md "Audit" leaves a record of who did it, and to what. */
class AuditTrailTest {
    private final AccessBench bench = new AccessBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private void assertRecorded(String action, String subject, int records) {
        String found = RestBench.text(bench.get(bench.admin, "/v1/admin/audit?actor=ops&action=" + action));
        assertThat(found.split("\"actor\":\"ops\"", -1)).as(found).hasSize(records + 1);
        assertThat(found).contains("\"subject\":\"" + subject + "\"", "\"action\":\"" + action + "\"");
    }

    private void done(String method, String path, String body) {
        ApiResponse answer = bench.call(bench.admin, method, path, body);
        assertThat(answer.status()).as(RestBench.text(answer)).isBetween(200, 204);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "PUT, /v1/engine/devices/d9, {}, device.put, d9",
                "PUT, /v1/engine/devices/node-1/state, {\"state\":\"offline\"}, device.state, node-1",
                "DELETE, /v1/engine/devices/node-1, {}, device.remove, node-1",
                "PUT, /v1/engine/hosts/www.shop.test, {\"tenant\":\"shop\"}, host.put, www.shop.test",
                "DELETE, /v1/engine/hosts/**.shop.test, {}, host.remove, **.shop.test",
                "DELETE, /v1/admin/tenants/idle, {}, tenant.remove, idle",
                "POST, /v1/engine/drain, {}, engine.drain, engine"
            })
    void change_isRecordedWithItsActorAndSubject(
            String method, String path, String body, String action, String subject) {
        bench.tenant("idle", "\"idle.test\"");
        done(method, path, body);
        assertRecorded(action, subject, 1);
    }

    @Test
    void pauseAndResume_areRecorded() {
        done("POST", "/v1/engine/pause", "{\"tenant\":\"shop\"}");
        done("POST", "/v1/engine/resume", "{\"tenant\":\"shop\"}");
        assertRecorded("pause", "tenant=shop", 1);
        assertRecorded("resume", "tenant=shop", 1);
    }

    @Test
    void keysOfATenant_addedRotatedAndRevoked_areRecordedById() {
        String id = AccessBench.idOf(bench.shop);
        done("POST", "/v1/admin/keys/" + id + "/rotate", "{}");
        done("DELETE", "/v1/admin/keys/" + id, "");
        assertRecorded("key.rotate", id, 1);
        assertRecorded("key.revoke", id, 1);
        assertRecorded("key.add", id, 2);
    }
}
