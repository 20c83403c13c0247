// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packages on a system that never had them, under a real systemd with every restriction of the units: installed,
 * started, used with Varnish, upgraded, removed.
 */
class PackagesIT {
    private static final Path PACKAGES = Path.of("target/packages").toAbsolutePath();
    private static final String BOTH = "cdn-refresh-engine cdn-refresh-proxy";

    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init") // set by the tests that need it
    private CleanRoot root;

    /** The packages as an earlier version would have been, with another default in its configuration. */
    private void makeEarlierVersion() throws Exception {
        root.must("""
            set -e
            mkdir -p /tmp/old
            for package in /files/*.deb; do
              name=$(basename "$package")
              dpkg-deb -R "$package" /tmp/old/tree
              version=$(dpkg-deb -f "$package" Version)
              sed -i "s/$version/0.0.9/" /tmp/old/tree/DEBIAN/control
              for file in engine proxy; do
                if [ -e /tmp/old/tree/etc/cdn-refresh/$file.env ]; then echo '# as it was' >>/tmp/old/tree/etc/cdn-refresh/$file.env; fi
              done
              (cd /tmp/old/tree && find usr lib etc -type f 2>/dev/null | xargs md5sum >DEBIAN/md5sums)
              dpkg-deb -Zgzip -z1 -b /tmp/old/tree "/tmp/old/$name" >/dev/null
              rm -rf /tmp/old/tree
            done
            """);
    }

    private void startSite() throws Exception {
        root.must("""
            set -e
            mkdir -p /srv/site /tmp/varnish /tmp/nginx
            echo one >/srv/site/a.txt
            printf 'pid /tmp/nginx/pid; error_log /tmp/nginx/log; events {}\\nhttp { access_log off; server { listen 127.0.0.1:8000; root /srv/site; } }\\n' >/tmp/nginx.conf
            nginx -c /tmp/nginx.conf
            sed 's/@ORIGIN_HOST@/127.0.0.1/; s/@ORIGIN_PORT@/8000/; s/@PROXY@/127.0.0.1/' /usr/share/doc/cdn-refresh/examples/caches/varnish/default.vcl >/tmp/default.vcl
            varnishd -n /tmp/varnish -a 127.0.0.1:6081 -f /tmp/default.vcl -s malloc,32M
            """);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> get().equals("one"));
    }

    private String get() throws Exception {
        return root.run("curl -s -H 'Host: www.example.com' http://127.0.0.1:6081/a.txt")
                .out()
                .trim();
    }

    private void awaitDevice() {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> root.run("curl -s http://127.0.0.1:9181/v1/engine/devices")
                        .out()
                        .contains("\"connected\":true"));
    }

    /** Changes the page, sees the old copy, purges it by the packaged command line, sees the new one. */
    private String purge(String text) throws Exception {
        String old = get();
        root.must("echo " + text + " >/srv/site/a.txt");
        assertThat(get()).isEqualTo(old).isNotEqualTo(text);
        String said = root.must("refresh submit --wait http://www.example.com/a.txt");
        assertThat(get()).isEqualTo(text);
        return said;
    }

    @Test
    void deb_installUseUpgradeRemovePurge_keepsDataAndConfiguration() throws Exception {
        try (CleanRoot clean = CleanRoot.start(folder, PACKAGES)) {
            root = clean;
            useDebs();
        }
    }

    private void useDebs() throws Exception {
        assumeThat(root.run("command -v varnishd && command -v nginx").exitCode())
                .as("varnish and nginx are not installed")
                .isZero();
        makeEarlierVersion();
        root.must("dpkg -i /tmp/old/*.deb");
        assertThat(root.must("stat -c '%a %U:%G' /etc/cdn-refresh/engine.toml /etc/cdn-refresh/proxy.env"))
                .isEqualTo("640 root:cdn-refresh-engine\n640 root:cdn-refresh-proxy");
        assertThat(root.run("systemctl is-active " + BOTH).out()).isEqualTo("inactive\ninactive\n");
        startSite();

        // systemctl returns once the program has said that it is ready
        root.must("systemctl enable --now " + BOTH);
        assertThat(root.must("systemctl show -p StatusText --value cdn-refresh-engine"))
                .isEqualTo("takes tasks at http://127.0.0.1:9181");
        assertThat(root.must("curl -sf http://127.0.0.1:9181/readyz")).contains("ready");
        assertThat(root.must("ps -o user= -p $(systemctl show -p MainPID --value cdn-refresh-proxy)"))
                .startsWith("cdn-ref");
        awaitDevice();
        String said = purge("two");
        String id = said.replaceAll("(?s).*?\\b(\\d{15,20})\\b.*", "$1");
        root.must("systemd-analyze security --offline=true --threshold=25 /lib/systemd/system/cdn-refresh-*.service");

        root.must("printf '\\n[log]\\nlevel = \"debug\"\\n' >>/etc/cdn-refresh/engine.toml");
        root.must("echo JAVA_OPTIONS=-Xmx128m >/etc/cdn-refresh/proxy.env");
        String before = root.must("systemctl show -p MainPID --value cdn-refresh-engine");
        root.must("dpkg -i --force-confold /files/*.deb </dev/null");
        assertThat(root.must("systemctl show -p MainPID --value cdn-refresh-engine"))
                .isNotEqualTo(before);
        assertThat(root.must("systemctl is-active " + BOTH)).isEqualTo("active\nactive");
        assertThat(root.must("tail -1 /etc/cdn-refresh/engine.toml")).isEqualTo("level = \"debug\"");
        assertThat(root.must("cat /etc/cdn-refresh/proxy.env")).isEqualTo("JAVA_OPTIONS=-Xmx128m");
        assertThat(root.must("ls /etc/cdn-refresh")).contains("proxy.env.dpkg-dist");
        assertThat(root.must("grep -c 'as it was' /etc/cdn-refresh/engine.env || true"))
                .as("what nobody has edited is replaced")
                .isEqualTo("0");
        assertThat(root.must("refresh status " + id)).contains("DONE");
        awaitDevice();
        purge("three");

        root.must("dpkg -r " + BOTH + " cdn-refresh");
        assertThat(root.run("pgrep -f refresh.jar").exitCode())
                .as("nothing runs any more")
                .isNotZero();
        assertThat(root.must("ls /var/lib/cdn-refresh-engine /etc/cdn-refresh")).contains("engine.toml");
        root.must("dpkg -P " + BOTH + " cdn-refresh");
        assertThat(root.run("ls -d /var/*/cdn-refresh* /etc/cdn-refresh /usr/share/cdn-refresh; getent passwd |"
                                + " grep cdn-")
                        .out())
                .doesNotContain("\n/")
                .doesNotStartWith("/")
                .doesNotContain("nologin");
    }

    @Test
    void rpmAndTar_installStartRemove_work() throws Exception {
        try (CleanRoot clean = CleanRoot.start(folder, PACKAGES)) {
            root = clean;
            useRpmsAndTar();
        }
    }

    private void useRpmsAndTar() throws Exception {
        if (root.run("command -v rpm").exitCode() == 0) {
            // Debian's database knows Java, that of rpm is empty here
            root.must("rpm -i --nodeps /files/*.rpm");
            root.must("systemctl start cdn-refresh-engine");
            assertThat(root.must("refresh status 1 || true")).contains("404");
            root.must("rpm -e --nodeps cdn-refresh-engine cdn-refresh-proxy cdn-refresh");
            assertThat(root.run("pgrep -f refresh.jar; ls /usr/share/cdn-refresh")
                            .out())
                    .doesNotContain("refresh.jar");
        }
        root.must("cd /tmp && tar xzf /files/cdn-refresh-*.tar.gz && cdn-refresh-*/install.sh engine proxy");
        root.must("systemctl start " + BOTH);
        awaitDevice();
        root.must("echo '# mine' >>/etc/cdn-refresh/engine.toml && /tmp/cdn-refresh-*/install.sh engine");
        assertThat(root.must("tail -1 /etc/cdn-refresh/engine.toml; ls /etc/cdn-refresh"))
                .startsWith("# mine")
                .contains("engine.toml.new");
    }

    @Test
    void checksums_ofAllFiles_hold() throws Exception {
        List<String> names = new ArrayList<>();
        for (String line : Files.readAllLines(PACKAGES.resolve("SHA256SUMS"))) {
            String name = line.substring(66);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(PACKAGES.resolve(name)));
            assertThat(line).startsWith(HexFormat.of().formatHex(digest));
            names.add(name);
            if (name.endsWith("-sbom.json")) {
                assertThat(Files.readString(PACKAGES.resolve(name)))
                        .contains("CycloneDX")
                        .contains("netty-handler");
            }
        }
        try (Stream<Path> files = Files.list(PACKAGES)) {
            assertThat(names)
                    .hasSizeGreaterThanOrEqualTo(7) // Maven makes the list of parts only when it is online
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(file -> file.getFileName().toString())
                                    .filter(name -> !name.equals("SHA256SUMS"))
                                    .toList());
        }
    }
}
