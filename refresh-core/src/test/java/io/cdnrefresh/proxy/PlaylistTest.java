// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaylistTest {
    private static final String MASTER = """
            #EXTM3U
            #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio/en.m3u8"
            #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="iframes.m3u8"
            #EXT-X-KEY:METHOD=AES-128,URI="key.bin"
            #EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"
            #EXT-X-STREAM-INF:BANDWIDTH=1000
            low/index.m3u8?a=1

            low/index.m3u8?a=1
            # a remark
            """;

    @Test
    void read_playlist_namesEntriesAndTagsOnceButNoKeys() {
        assertThat(Playlist.read(MASTER.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8)))
                .containsExactly("audio/en.m3u8", "iframes.m3u8", "init.mp4", "low/index.m3u8?a=1");
    }

    @Test
    void read_gzip_isUnpacked() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(MASTER.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(Playlist.read(bytes.toByteArray())).contains("audio/en.m3u8");
    }

    @Test
    void read_otherObject_isNone() {
        assertThat(Playlist.read(new byte[0])).isNull();
        assertThat(Playlist.read(new byte[] {0x1f, (byte) 0x8b, 1, 2})).isNull();
        assertThat(Playlist.read("a.ts\nb.ts".getBytes(StandardCharsets.UTF_8))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "seg.ts, http://h.test/v/x/seg.ts",
                "../seg.ts?a=../b, http://h.test/v/seg.ts?a=../b",
                "../../../../up.ts, http://h.test/up.ts",
                "./a/./b/../c.ts, http://h.test/v/x/a/c.ts",
                "/root.ts#t, http://h.test/root.ts",
                "//o.test/x, http://o.test/x",
                "HTTPS://O.test/x, https://o.test/x",
                "?b=2, http://h.test/v/x/index.m3u8?b=2",
                "data:video/mp4;x, none",
                "'', none"
            })
    void resolve_reference_meansThis(String reference, String expected) {
        Target target = Playlist.resolve(Target.url("http://h.test/v/x/index.m3u8?q=/1/2"), reference);
        assertThat(target == null ? null : target.wire()).isEqualTo(expected);
    }
}
