// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.EngineClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which rules a purge fires: never one of another host. The server is a command that copies the rules to the state, and
 * puts them in force when it is called again: later than its state says, like the real one.
 */
class RuleFileTest {
    private static final String SERVER =
            "test -f '%1$s.state' && cp '%1$s.state' '%1$s.force'; awk '{print $1, 0, $2, $3}' '%1$s' > '%1$s.state'";

    @TempDir
    Path folder;

    private Path rules = Path.of("");
    private RuleFile file = open(Path.of("rules"));

    @BeforeEach
    void open() {
        rules = folder.resolve("rules");
        file = open(rules);
    }

    private static RuleFile open(Path rules) {
        CacheSettings settings = CacheSettings.builder("ats", "http://127.0.0.1:1")
                .rules(rules.toString())
                .reload(List.of("sh", "-c", SERVER.formatted(rules)))
                .build();
        return new RuleFile(settings, new CacheRules(settings, EngineClock.system(), true));
    }

    /** One minute and a bit for the job before it, the same for itself. */
    @Test
    void longest_serverLooksOnceAMinute_isMoreThanTwoLooks() {
        CacheSettings.Builder settings =
                CacheSettings.builder("ats", "http://127.0.0.1:1").rules(rules.toString());
        assertThat(RuleFile.longest(settings.build())).isBetween(Duration.ofSeconds(132), Duration.ofSeconds(150));
        assertThat(RuleFile.longest(settings.reload(List.of("true")).build())).isLessThan(Duration.ofSeconds(60));
    }

    private void purge(TaskKind kind, Target target, boolean isSoft) {
        CompletableFuture<CacheResult> result = new CompletableFuture<>();
        file.apply(
                List.of(new FileWorker.Job(kind, new PurgeRequest(target, List.of(), ""), isSoft, result::complete)));
        assertThat(result.join()).isInstanceOf(CacheResult.Gone.class);
    }

    /** Without the one that only marks a reading. */
    private List<String> lines() throws IOException {
        return Files.readAllLines(rules).stream()
                .filter(line -> line.contains("://"))
                .toList();
    }

    private String line(TaskKind kind, Target target) throws IOException {
        String pattern = AtsRule.pattern(kind, target);
        return Files.readAllLines(rules).stream()
                .filter(line -> line.startsWith(pattern + " "))
                .findFirst()
                .orElse("");
    }

    @Test
    void apply_stateShownBeforeInForce_waitsUntilInForce() throws IOException {
        for (String dir : List.of("/one/", "/two/")) {
            purge(TaskKind.PREFIX, Target.prefix("http://a.test" + dir), false);
            assertThat(Files.readString(folder.resolve("rules.force"))).contains(dir);
        }
    }

    @Test
    void apply_hardOfOneHost_leavesSoftRulesOfOthersAsTheyWere() throws IOException {
        Files.write(
                rules,
                List.of(
                        "^https?:// 99999999999 STALE",
                        "^https?://(?i:[^./:]+\\.b\\.test)(?::80|:443)?(?=/) 99999999998 STALE"));
        purge(TaskKind.HOST, Target.host("b.test"), true);
        purge(TaskKind.HOST, Target.host("a.b.test"), true);
        List<String> before = lines();

        purge(TaskKind.PREFIX, Target.prefix("http://a.test/d/"), false);
        purge(TaskKind.HOST, Target.host("*.a.test"), false);

        assertThat(lines()).containsAll(before).hasSize(before.size() + 2);
    }

    @Test
    void apply_hardAfterSoftOfItsHost_firesItAsHard() throws IOException {
        purge(TaskKind.HOST, Target.host("a.test"), true);
        purge(TaskKind.PREFIX, Target.prefix("a.test/x/"), true);
        purge(TaskKind.PREFIX, Target.prefix("http://a.test/d/"), false);

        assertThat(line(TaskKind.HOST, Target.host("a.test"))).endsWith(" MISS");
        assertThat(line(TaskKind.PREFIX, Target.prefix("a.test/x/")))
                .as("elsewhere")
                .endsWith(" STALE");
    }

    @Test
    void apply_hardOfManyHosts_firesSoftOfTheseAsHard() throws IOException {
        purge(TaskKind.HOST, Target.host("x.a.test"), true);
        purge(TaskKind.HOST, Target.host("a.test"), true);
        purge(TaskKind.HOST, Target.host("*.a.test"), false);
        assertThat(line(TaskKind.HOST, Target.host("x.a.test"))).endsWith(" MISS");
        assertThat(line(TaskKind.HOST, Target.host("a.test"))).endsWith(" STALE");

        purge(TaskKind.ALL, new Target("", "", ""), false);
        assertThat(line(TaskKind.HOST, Target.host("a.test"))).endsWith(" MISS");
    }

    @Test
    void apply_tooMany_collapsesTheHostThatAsked() throws IOException {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < RuleFile.MAX_RULES - 1; i++) {
            Target target = Target.prefix("b.test/" + i + "/");
            many.append(AtsRule.pattern(TaskKind.PREFIX, target)).append(" 99999999999 STALE\n");
        }
        Files.writeString(rules, many);
        purge(TaskKind.PREFIX, Target.prefix("http://a.test/1/"), false);
        purge(TaskKind.PREFIX, Target.prefix("a.test/2/"), false);

        List<String> lines = lines();
        assertThat(lines)
                .hasSize(RuleFile.MAX_RULES)
                .filteredOn(line -> line.contains("b\\.test"))
                .allMatch(line -> line.endsWith(" 99999999999 STALE"))
                .hasSize(RuleFile.MAX_RULES - 1);
        assertThat(line(TaskKind.HOST, Target.host("a.test"))).endsWith(" MISS");
    }
}
