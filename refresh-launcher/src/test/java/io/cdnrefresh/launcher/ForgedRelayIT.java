// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.spi.PeerCaller;
import io.cdnrefresh.spi.SigningSecret;
import io.cdnrefresh.testkit.FreePorts;
import java.nio.file.Path;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who says over a socket that an engine passed a call on, and cannot prove it, is a caller without a key. */
class ForgedRelayIT {
    private static final String SECRET = "p".repeat(40);
    private static final String LIST = "/v1/engine/task";
    private static final String DEVICES = "/v1/engine/devices";
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]+)\"");

    @TempDir
    Path folder;

    private final int httpPort = FreePorts.one();

    private LauncherProcess engine(String secret) {
        return LauncherProcess.start(
                "engine",
                "--set",
                "engine.http.port=" + httpPort,
                "--set",
                "engine.rpc.port=" + FreePorts.one(),
                "--set",
                "engine.data=" + folder,
                "--set",
                "auth.peer-secret=" + secret);
    }

    private static String header(String secret, Instant at, String keyId, String call) {
        String head = at.getEpochSecond() + "." + keyId;
        return head + "." + SigningSecret.hmac(secret, "peer " + head + " " + call + "?\n", new byte[0]);
    }

    private int status(String path, String... headers) {
        return PlainHttp.get(httpPort, "engine", path, headers).status();
    }

    private int passedOn(String path, String header) {
        return status(path, PeerCaller.PEER + ": " + header);
    }

    @Test
    void callThatIsSaidToBePassedOn_withoutItsProof_isRefused() throws Exception {
        EngineApi api = new EngineApi(httpPort);
        String key;
        Instant now = Instant.now();
        try (LauncherProcess engine = engine(SECRET)) {
            api.awaitReady();
            Matcher id = ID.matcher(api.post("/v1/admin/keys", "{\"name\":\"ops\",\"admin\":true,\"networkWide\":true}")
                    .body());
            assertThat(id.find()).isTrue();
            key = id.group(1);

            String proof = header(SECRET, now, key, "GET " + LIST);
            assertThat(passedOn(LIST, proof)).as("what an engine sends").isEqualTo(200);
            assertThat(status(LIST)).isEqualTo(401);
            assertThat(passedOn(LIST, "engine-2")).isEqualTo(401);
            assertThat(passedOn(LIST, now.getEpochSecond() + "." + key + ".")).isEqualTo(401);
            assertThat(passedOn(LIST, header("p".repeat(39) + "q", now, key, "GET " + LIST)))
                    .as("another secret")
                    .isEqualTo(401);
            assertThat(passedOn(DEVICES, proof)).as("the proof of another call").isEqualTo(401);
            assertThat(passedOn(LIST, proof.replace("." + key + ".", ".other.")))
                    .as("another caller")
                    .isEqualTo(401);
            assertThat(passedOn(LIST, header(SECRET, now.minusSeconds(120), key, "GET " + LIST)))
                    .as("an old one")
                    .isEqualTo(401);
            assertThat(engine.isAlive()).isTrue();
        }
        try (LauncherProcess without = engine("")) {
            api.awaitReady();
            assertThat(passedOn(LIST, header(SECRET, Instant.now(), key, "GET " + LIST)))
                    .as("an engine without a secret believes nobody")
                    .isEqualTo(401);
            assertThat(without.isAlive()).isTrue();
        }
    }
}
