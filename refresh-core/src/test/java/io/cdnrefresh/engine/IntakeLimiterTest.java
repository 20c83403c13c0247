// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.IdempotencyKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits in an engine on the caller's thread. */
class IntakeLimiterTest {
    private final EngineByHand engine = new EngineByHand(EngineOptions.DEFAULTS.toBuilder()
            .limits(new IntakeLimits(
                    RateLimit.parse("20/m"),
                    Map.of(TaskKind.PREFIX, RateLimit.parse("10/h")),
                    RateLimit.parse("5/s"),
                    Map.of(TaskKind.PREFIX, 5),
                    false,
                    Duration.ofSeconds(5))));

    @BeforeEach
    void start() {
        engine.host.start();
        engine.host.runPending();
        engine.hello("d1", "boot");
        engine.host.runPending();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private SubmitResult submit(String tenant, RefreshTask task, @Nullable String key) {
        List<Answer<SubmitResult>> answers = new ArrayList<>();
        IdempotencyKey idempotency = key == null ? null : new IdempotencyKey(tenant, key, 1);
        engine.host.submit(new Submission(task.withTenant(tenant), idempotency, Caller.LOCAL), answers::add);
        engine.host.runPending();
        return ((Answer.Value<SubmitResult>) answers.get(0)).value();
    }

    private SubmitResult submit(String tenant, String url) {
        return submit(tenant, RefreshTask.purge(url), null);
    }

    private long left(String tenant, int index) {
        List<List<Allowance.State>> states = new ArrayList<>();
        engine.host.quota(
                new Caller("t", tenant, true, Rights.ALL, ""),
                "a.test",
                answer -> states.add(((Answer.Value<List<Allowance.State>>) answer).value()));
        return states.get(0).get(index).left();
    }

    @Test
    void submit_limitIsUsedUp_refusedWithTheLimitUntilItsNextWindow() {
        for (int i = 0; i < 5; i++) {
            assertThat(submit("t", "http://a.test/" + i)).isInstanceOf(SubmitResult.Accepted.class);
        }
        SubmitResult.Limited limited = (SubmitResult.Limited) submit("t", "http://a.test/6");

        assertThat(limited.limit().subject()).isEqualTo("host:a.test");
        assertThat(limited.limit().left()).isZero();
        assertThat(left("t", 0)).as("nothing was charged").isEqualTo(15);
        assertThat(submit("t", "http://b.test/")).isInstanceOf(SubmitResult.Accepted.class);
        engine.pass(Duration.ofSeconds(1));
        assertThat(submit("t", "http://a.test/6")).isInstanceOf(SubmitResult.Accepted.class);
        assertThat(engine.gauge("limit_subjects")).isPositive();
    }

    @Test
    void submit_otherTenantsLimitIsUsedUp_isNotTouched() {
        for (int i = 0; i < 20; i++) {
            submit("t", "http://h" + i + ".test/");
        }

        assertThat(submit("t", "http://x.test/")).isInstanceOf(SubmitResult.Limited.class);
        assertThat(submit("u", "http://x.test/")).isInstanceOf(SubmitResult.Accepted.class);
    }

    @Test
    void submit_kindWithWeight_costsSoMuchOfItsOwnLimitToo() {
        RefreshTask prefix = RefreshTask.purgePrefix("http://p.test/a/");
        SubmitResult.Accepted first = (SubmitResult.Accepted) submit("t", prefix, null);
        engine.pass(Duration.ofSeconds(1));

        assertThat(requireNonNull(first.tightest()).left()).isZero();
        assertThat(left("t", 0)).isEqualTo(15);
        assertThat(left("t", 1)).isEqualTo(5);
        assertThat(submit("t", prefix, null)).isInstanceOf(SubmitResult.Accepted.class);
        engine.pass(Duration.ofSeconds(1));
        assertThat(((SubmitResult.Limited) submit("t", prefix, null)).limit().subject())
                .isEqualTo("kind-prefix:t");
    }

    @Test
    void submit_sameKeyAgain_isChargedOnce() {
        assertThat(submit("t", RefreshTask.purge("http://k.test/"), "key")).isInstanceOf(SubmitResult.Accepted.class);
        assertThat(submit("t", RefreshTask.purge("http://k.test/"), "key")).isInstanceOf(SubmitResult.Replayed.class);

        assertThat(left("t", 0)).isEqualTo(19);
    }

    @Test
    void submit_limitedWithKey_theKeyIsFree() {
        for (int i = 0; i < 20; i++) {
            submit("t", "http://h" + i + ".test/");
        }
        assertThat(submit("t", RefreshTask.purge("http://k.test/"), "key")).isInstanceOf(SubmitResult.Limited.class);

        assertThat(submit("t", RefreshTask.purge("http://k.test/"), "key")).isInstanceOf(SubmitResult.Limited.class);
    }
}
