// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Random steps over the whole engine; see {@link EngineModel}. {@code -Drefresh.model.steps=1000000} makes a long run,
 * {@code -Drefresh.model.seed=N} makes another. Without them it is always the same, so that a change is what makes it fail.
 */
class EngineModelTest {
    private static final Logger logger = LoggerFactory.getLogger(EngineModelTest.class);

    @Test
    void run_randomSteps_noInvariantIsViolated() {
        long seed = Long.getLong("refresh.model.seed", 1);
        int steps = Integer.getInteger("refresh.model.steps", 20_000);
        logger.info("model seed={} steps={}", seed, steps);
        EngineModel model = new EngineModel(seed, ModelFault.NONE);
        long started = System.nanoTime();

        model.run(steps);

        logger.info(
                "model done seed={} steps={} millis={} figures={}",
                seed,
                model.ledger.step,
                (System.nanoTime() - started) / 1_000_000,
                model.figures);
        assertThat(model.ledger.violations)
                .as("replay with -Drefresh.model.seed=%d; the last steps:%n%s", seed, model.ledger.story())
                .isEmpty();
    }
}
