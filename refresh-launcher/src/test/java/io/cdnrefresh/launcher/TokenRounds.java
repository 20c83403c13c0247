// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.redis.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** Three {@link TokenEngine}s, what happens to them, and the log that the database keeps of their tokens. One test thread. */
final class TokenRounds implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern LEADS = Pattern.compile("leads (\\d+)");
    private static final Pattern FENCED = Pattern.compile("TokenEngine - fenced|fenced \\d+/\\d+$", Pattern.MULTILINE);
    private static final Pattern REFUSED_LEADER = Pattern.compile("a stale leader's write was refused");
    private static final int ENGINES = 3;

    /** What happens in a round. */
    enum Kind {
        PAUSE_LEADER,
        PAUSE_PLAIN,
        KILL_LEADER,
        KILL_PLAIN,
        REDIS_RESTART,
        CLOCK_STEP
    }

    private final String storeUrl;
    private final RedisServer redis;
    private final Path folder;
    private final Random random;
    private final Connection connection;
    private final LauncherProcess[] engines = new LauncherProcess[ENGINES];
    private int endedRefusedOfEngines;
    private int endedRefusedOfLeaders;
    private int roundsWithRefusal;

    TokenRounds(String storeUrl, RedisServer redis, Path folder, Random random) throws SQLException {
        this.storeUrl = storeUrl;
        this.redis = redis;
        this.folder = folder;
        this.random = random;
        connection = DriverManager.getConnection(storeUrl);
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE token_log (seq BIGINT AUTO_INCREMENT PRIMARY KEY, who INT, token BIGINT)"
                    + " ENGINE = InnoDB");
            statement.execute("CREATE TRIGGER log_insert AFTER INSERT ON task FOR EACH ROW"
                    + " INSERT INTO token_log (who, token) VALUES (NEW.engine, NEW.owner_epoch)");
            // a leader that moves a row leaves its claim empty
            statement.execute("CREATE TRIGGER log_update AFTER UPDATE ON task FOR EACH ROW"
                    + " INSERT INTO token_log (who, token) SELECT NEW.engine, NEW.owner_epoch FROM DUAL"
                    + " WHERE NEW.claim_epoch = NEW.owner_epoch");
            statement.execute("CREATE TRIGGER log_leader AFTER UPDATE ON leader FOR EACH ROW"
                    + " INSERT INTO token_log (who, token) SELECT -1, NEW.swept_token FROM DUAL"
                    + " WHERE NEW.swept_at <> OLD.swept_at");
        }
        for (int i = 0; i < ENGINES; i++) {
            start(i);
        }
        awaitServing();
    }

    private void start(int i) {
        engines[i] = TokenEngine.start(storeUrl, redis.url(), "owner-" + i, folder.resolve("clock-" + i));
    }

    /** How long until others had taken over, in nanoseconds: the tasks, the lead, or for a clock, nothing. */
    long round(Kind kind) throws Exception {
        int leader = leader();
        int plain = (leader + 1 + random.nextInt(ENGINES - 1)) % ENGINES;
        int before = refusals();
        // the moment within a lease is what is varied
        java.util.concurrent.TimeUnit.MILLISECONDS.sleep(random.nextInt(1_000));
        long took = switch (kind) {
            case PAUSE_LEADER -> pause(leader);
            case PAUSE_PLAIN -> pause(plain);
            case KILL_LEADER -> kill(leader);
            case KILL_PLAIN -> kill(plain);
            case REDIS_RESTART -> restartRedis();
            case CLOCK_STEP -> stepClock(random.nextInt(ENGINES));
        };
        awaitServing();
        roundsWithRefusal += refusals() > before ? 1 : 0;
        return took;
    }

    private long pause(int i) throws Exception {
        String own = engineOf(i);
        long epoch = epoch(own);
        int fenced = count(FENCED, engines[i]);
        signal(i, "STOP");
        long took = timed(() -> epoch(own) > epoch);
        signal(i, "CONT");
        await(() -> count(FENCED, engines[i]) > fenced);
        return took;
    }

    private long kill(int i) throws Exception {
        String own = engineOf(i);
        long epoch = epoch(own);
        engines[i].kill();
        EngineNode.log("token-" + i, engines[i].text());
        long took = timed(() -> epoch(own) > epoch);
        endedRefusedOfEngines += count(FENCED, engines[i]);
        endedRefusedOfLeaders += count(REFUSED_LEADER, engines[i]);
        engines[i].close();
        start(i);
        return took;
    }

    private long restartRedis() throws Exception {
        long token = number("SELECT swept_token FROM leader");
        redis.kill();
        redis.start();
        return timed(() -> number("SELECT swept_token FROM leader") > token);
    }

    /** Back by a minute and forth again: this engine takes no tasks meanwhile. */
    private long stepClock(int i) throws Exception {
        int refuses = count(Pattern.compile("refuses"), engines[i]);
        int takes = count(Pattern.compile("takes"), engines[i]);
        Files.writeString(folder.resolve("clock-" + i), "-60");
        await(() -> count(Pattern.compile("refuses"), engines[i]) > refuses);
        Files.writeString(folder.resolve("clock-" + i), "0");
        await(() -> count(Pattern.compile("takes"), engines[i]) > takes);
        return 0;
    }

    /** Its owner's claim names the engine; after a take-over it has another or the same id. */
    private String engineOf(int i) throws Exception {
        String query = "SELECT id FROM engine WHERE owner = 'owner-" + i + "'";
        await(() -> number(query) >= 0);
        return Long.toString(number(query));
    }

    private long epoch(String engine) throws SQLException {
        return number("SELECT epoch FROM engine WHERE id = " + engine);
    }

    private long number(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            return row.next() ? row.getLong(1) : -1;
        }
    }

    /** The one with the newest token. */
    private int leader() {
        int[] leader = {-1};
        await(() -> {
            long newest = number("SELECT token FROM leader");
            for (int i = 0; i < ENGINES; i++) {
                Matcher matcher = LEADS.matcher(engines[i].text());
                while (matcher.find()) {
                    leader[0] = Long.parseLong(matcher.group(1)) == newest ? i : leader[0];
                }
            }
            return leader[0] >= 0 && number("SELECT swept_token FROM leader") == newest;
        });
        return leader[0];
    }

    /** Every engine has a claim and writes, and somebody sweeps. */
    private void awaitServing() {
        await(() ->
                number("SELECT COUNT(*) FROM engine WHERE owner <> '' AND lease_until > UNIX_TIMESTAMP(NOW(3)) * 1000")
                        == ENGINES);
        long[] seq = {-1};
        for (int i = 0; i < ENGINES; i++) {
            String owner = "owner-" + i;
            seq[0] = -1;
            await(() -> {
                long now = number("SELECT MAX(seq) FROM token_log l JOIN engine e ON l.who = e.id AND l.token = e.epoch"
                        + " WHERE e.owner = '" + owner + "'");
                boolean isWriting = seq[0] >= 0 && now > seq[0];
                seq[0] = now;
                return isWriting;
            });
        }
        leader();
    }

    private int refusals() {
        return refusedOfEngines() + refusedOfLeaders();
    }

    int refusedOfEngines() {
        return endedRefusedOfEngines + sum(FENCED);
    }

    int refusedOfLeaders() {
        return endedRefusedOfLeaders + sum(REFUSED_LEADER);
    }

    private int sum(Pattern pattern) {
        int sum = 0;
        for (LauncherProcess engine : engines) {
            sum += count(pattern, engine);
        }
        return sum;
    }

    private static int count(Pattern pattern, LauncherProcess engine) {
        return (int) pattern.matcher(engine.text()).results().count();
    }

    int roundsWithRefusal() {
        return roundsWithRefusal;
    }

    long writes() throws SQLException {
        return number("SELECT COUNT(*) FROM token_log");
    }

    /** In the order of their commits. */
    void checkTokens() throws SQLException {
        Map<Integer, Long> highest = new HashMap<>();
        List<String> falls = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT seq, who, token FROM token_log ORDER BY seq")) {
            while (rows.next()) {
                int who = rows.getInt(2);
                long token = rows.getLong(3);
                if (token < highest.getOrDefault(who, 0L)) {
                    falls.add("write " + rows.getLong(1) + " of " + who + ": " + token + " after " + highest.get(who));
                }
                highest.merge(who, token, Math::max);
            }
        }
        assertThat(falls).isEmpty();
        assertThat(highest).as("the leaders and the engines").hasSizeGreaterThanOrEqualTo(1 + ENGINES);
    }

    private static long timed(Callable<Boolean> condition) {
        long started = System.nanoTime();
        await(condition);
        return System.nanoTime() - started;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(condition);
    }

    private void signal(int i, String name) throws IOException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(engines[i].pid())).start();
        assertThat(kill.onExit().join().exitValue()).isZero();
    }

    @Override
    public void close() throws SQLException {
        for (int i = 0; i < ENGINES; i++) {
            if (engines[i] != null) {
                engines[i].kill();
                EngineNode.log("token-" + i, engines[i].text());
                engines[i].close();
            }
        }
        connection.close();
    }
}
