// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisURI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RedisAddressTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    @Test
    void parse_single_keepsPasswordDatabaseAndTls() {
        RedisURI uri = RedisAddress.parse("rediss://user:pass@h:7000/3", TIMEOUT)
                .nodes()
                .get(0);
        assertThat(uri.getHost()).isEqualTo("h");
        assertThat(uri.getPort()).isEqualTo(7000);
        assertThat(uri.getDatabase()).isEqualTo(3);
        assertThat(uri.isSsl()).isTrue();
        assertThat(uri.getTimeout()).isEqualTo(TIMEOUT);
    }

    @Test
    void parse_sentinel_hasGroupAndSentinels() {
        RedisAddress address = RedisAddress.parse("redis-sentinel://a:1,b:2/0#main", TIMEOUT);
        assertThat(address.isCluster()).isFalse();
        assertThat(address.nodes().get(0).getSentinelMasterId()).isEqualTo("main");
        assertThat(address.nodes().get(0).getSentinels()).hasSize(2);
    }

    @Test
    void parse_cluster_hasAllNodes() {
        RedisAddress address = RedisAddress.parse("redis-cluster://:pass@a:1,b:2", TIMEOUT);
        assertThat(address.isCluster()).isTrue();
        assertThat(address.nodes()).extracting(RedisURI::getPort).containsExactly(1, 2);
    }

    @Test
    void parse_anythingElse_isRefusedWithoutItsText() {
        assertThatThrownBy(() -> RedisAddress.parse("http://:s3cret@h", TIMEOUT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("url: http (expected: redis://")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> RedisCoordinator.builder("redis://h").keyPrefix("a{b}"))
                .hasMessageStartingWith("keyPrefix: a{b}");
    }
}
