// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.testkit.ManualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A whole engine with real proxies in all the trouble there is, one random step after the other on one thread: the same
 * seed makes the same run. Tasks are submitted, cancelled, paused; reports and commands are lost and repeated; devices go
 * and come back with and without their memory; the store goes away, loses answers and commits late; the engine dies at any
 * point, and its earlier life goes on writing for a while. Every {@value #REST} steps the trouble stops, and everything
 * that was promised must come true.
 */
final class EngineModel {
    static final int REST = 10_000;
    private static final int MAX_UNFINISHED = 40;

    final ModelLedger ledger = new ModelLedger();
    final Map<String, Integer> figures = new TreeMap<>();
    private final Random random;
    private final ModelFault fault;
    private final ManualClock clock = new ManualClock();
    private final ModelNetwork network = new ModelNetwork(this::onReport, this::onSent);
    private final MemoryStore memory = new MemoryStore(100_000, clock);
    private final ModelStore store;
    private final LocalCoordinator.Hub hub = new LocalCoordinator.Hub();
    private final List<ModelNode> nodes = new ArrayList<>();
    private final ModelTasks tasks;
    private final ModelPauses pauses;
    private ModelLife engine;
    private @Nullable ModelLife zombie;

    EngineModel(long seed, ModelFault fault) {
        random = new Random(seed);
        this.fault = fault;
        store = new ModelStore(memory, fault.store(memory, ledger), ledger);
        ModelNode.World world = new ModelNode.World(clock, ledger, network, random);
        for (String name : List.of("e0/a/edge", "e1/a/edge", "e2/b/edge", "e3/b/edge", "p0/a/parent")) {
            nodes.add(new ModelNode(name, world, fault.windowEntries()));
        }
        engine = newLife();
        nodes.forEach(ModelNode::start);
        for (int i = 0; i < 10; i++) {
            settleOnce();
        }
        pauses = new ModelPauses(random, ledger, memory.load());
        tasks = new ModelTasks(random, ledger, clock, memory.load());
    }

    private ModelLife newLife() {
        LocalCoordinator coordinator =
                LocalCoordinator.builder().hub(hub).clock(clock).build();
        ModelNetwork.EngineEnd end = network.newEngine();
        return new ModelLife(
                new ModelLife.Parts(store, memory, fault.coordinator(coordinator), end, clock),
                fault.listener(progress -> ledger.onCompletion(end.epoch().epoch(), progress), random),
                ledger);
    }

    /** Walks until so many steps are done or something is violated. */
    void run(int steps) {
        for (int i = 1; i <= steps && ledger.violations.isEmpty(); i++) {
            ledger.step = i;
            step();
            if (i % REST == 0 || i == steps) {
                rest();
            }
        }
    }

    private void count(String what) {
        figures.merge(what, 1, Integer::sum);
    }

    private void step() {
        int choice = random.nextInt(1_000);
        if (choice < 120) {
            submit();
        } else if (choice < 140) {
            cancel();
        } else if (choice < 170) {
            node().fetch(tasks.url());
        } else if (choice < 480) {
            deliver();
        } else if (choice < 700) {
            answer();
        } else if (choice < 860) {
            clock.advanceMillis(random.nextInt(60));
        } else if (choice < 880) {
            clock.advanceMillis(random.nextInt(3_000));
            count("timeouts");
        } else {
            trouble(random.nextInt(120));
        }
        move();
        if (ledger.step % 32 == 0) {
            checkTimers();
        }
    }

    private void trouble(int choice) {
        if (choice < 20) {
            repeat();
        } else if (choice < 30) {
            link().ifPresent(link -> link.lag(random.nextInt(3)));
            count("lost commands");
        } else if (choice < 40) {
            link().ifPresent(ModelNetwork.Link::cutProxySide);
            count("lost reports");
        } else if (choice < 46) {
            down();
        } else if (choice < 70) {
            nodes.stream().filter(node -> !node.isUp()).findFirst().ifPresent(ModelNode::start);
        } else if (choice < 76) {
            pauses.pause(engine.host, tasks.pauseRule());
        } else if (choice < 96) {
            pauses.resume(engine.host);
        } else if (choice < 112) {
            storeTrouble(random.nextInt(8));
        } else if (choice < 114) {
            die(random.nextInt(4) == 0);
        } else {
            ModelLife old = zombie;
            if (old != null) {
                guarded(old, old::run);
            }
        }
    }

    private void storeTrouble(int choice) {
        switch (choice) {
            case 0 -> store.isDown = random.nextInt(3) == 0;
            case 1 -> store.lostAnswers = random.nextInt(5);
            case 2 -> store.lateUpdates = random.nextInt(3);
            case 3 -> {
                store.callsToDeath = 1 + random.nextInt(3);
                store.diesAfterCommit = random.nextBoolean();
            }
            default -> {
                store.isDown = false;
                store.commitLate(random.nextInt(16));
            }
        }
        count("store faults");
    }

    private ModelNode node() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    private java.util.Optional<ModelNetwork.Link> link() {
        return network.links.isEmpty()
                ? java.util.Optional.empty()
                : java.util.Optional.of(network.links.get(random.nextInt(network.links.size())));
    }

    private void deliver() {
        for (int i = random.nextInt(4); i >= 0; i--) {
            link().ifPresent(link -> {
                if (random.nextBoolean()) {
                    link.toEngine();
                } else {
                    link.toProxy();
                }
            });
        }
    }

    private void answer() {
        ModelNode node = node();
        for (int i = random.nextInt(4); i >= 0; i--) {
            node.answerOne();
        }
        node.run();
    }

    private void repeat() {
        int index = random.nextInt(64);
        link().ifPresent(link -> {
            if (index % 2 == 0) {
                link.repeatFrame(index / 2);
                count("repeated commands");
            } else {
                link.repeatReports(index / 2);
                count("repeated reports");
            }
        });
    }

    private void down() {
        ModelNode node = node();
        if (node.isUp()) {
            ledger.log("node down " + node.id);
            node.stop();
            count("proxies dead");
        }
    }

    /** Something runs: everything, or one stage or one node only, so that events meet in any order. */
    private void move() {
        nodes.get(random.nextInt(nodes.size())).run();
        ModelLife now = engine;
        int choice = random.nextInt(10);
        if (choice < 4) {
            guarded(now, now::run);
        } else if (choice < 8) {
            List<StageQueue<?>> stages = now.stages();
            StageQueue<?> stage = stages.get(random.nextInt(stages.size()));
            guarded(now, stage::runPending);
        } else if (choice == 8) {
            guarded(now, () -> now.host.life().queries().runPending());
        }
    }

    /** Runs a part of the engine; it may die of it. */
    private void guarded(ModelLife life, Runnable work) {
        try {
            work.run();
        } catch (ModelStore.Death death) {
            // a query saw it; a stage lives on, and has no store any more
        }
        if (store.isDead) {
            store.isDead = false;
            store.callsToDeath = 0;
            if (life == zombie) {
                setZombie(null);
            } else {
                die(false);
            }
        }
    }

    /** The process ends here, or it is believed to have ended and goes on. The next life begins. */
    private void die(boolean livesOn) {
        count(livesOn ? "engines replaced" : "engines dead");
        ledger.log(livesOn ? "engine is replaced" : "engine dies");
        setZombie(livesOn ? engine : null);
        if (!livesOn) {
            engine.end();
        }
        pauses.engineDied(memory);
        network.engineDied();
        store.callsToDeath = 0;
        boolean wasDown = store.isDown;
        store.isDown = false;
        engine = newLife();
        store.isDown = wasDown;
        ledger.checkAcknowledged(store);
    }

    private void setZombie(@Nullable ModelLife next) {
        if (zombie != null) {
            zombie.end();
        }
        zombie = next;
    }

    private void submit() {
        if (ledger.unfinished.size() >= MAX_UNFINISHED) {
            return;
        }
        ModelTasks.Wish wish = tasks.next();
        ModelLedger.Job job = wish.job();
        count(job.task.kind().isRefresh() ? "refreshes" : "preloads");
        ModelLife now = engine;
        Submission submission = new Submission(job.task, wish.key(), Caller.LOCAL);
        guarded(now, () -> now.host.submit(submission, answer -> onSubmitted(job, answer)));
    }

    private void onSubmitted(ModelLedger.Job job, Answer<SubmitResult> answer) {
        ledger.log("submitted " + job + " " + answer);
        if (answer instanceof Answer.Value<SubmitResult> value) {
            if (value.value() instanceof SubmitResult.Accepted accepted) {
                ledger.acknowledged(job, accepted.id());
                tasks.accepted(job);
                count("accepted");
            } else if (value.value() instanceof SubmitResult.Replayed replayed) {
                ledger.acknowledged(job, replayed.id());
                count("replayed");
            }
        }
    }

    private void cancel() {
        ModelLedger.Job job = tasks.recent();
        if (job == null || job.id == null || random.nextInt(3) > 0) {
            return;
        }
        job.isCancelAsked = true;
        ledger.log("cancel " + job);
        engine.host.cancel(job.id, "model", answer -> {
            if (answer instanceof Answer.Value<CancelResult> value && value.value() == CancelResult.CANCELLING) {
                job.isCancelled = true;
                count("cancelled");
            }
        });
    }

    private void onReport(ModelNetwork.ProxyEnd from, io.cdnrefresh.model.Report report) {
        nodes.stream().filter(node -> node.is(from)).forEach(node -> node.onReport(report));
    }

    private void onSent(ModelNetwork.EngineEnd from, String device, Command command) {
        if (command.isWithdrawal()) {
            return; // asks for nothing
        }
        ledger.onSent(device, command);
        if (from == engine.end) {
            pauses.onSent(device, command);
        }
    }

    /** Every task in memory has one timer, and every unfinished one of ours is in memory. */
    private void checkTimers() {
        ModelLife now = engine;
        guarded(now, now::run);
        if (now != engine || !now.isRecovered()) {
            return;
        }
        now.checkTimers(ledger);
    }

    private void rest() {
        setZombie(null);
        store.isDown = false;
        store.lostAnswers = 0;
        store.lateUpdates = 0;
        store.callsToDeath = 0;
        for (int i = 0; i < 16; i++) {
            store.commitLate(0);
        }
        pauses.resumeAll(engine.host, memory.load().pauses());
        nodes.stream().filter(node -> !node.isUp()).forEach(ModelNode::start);
        nodes.forEach(node -> node.isKind = true);
        for (int round = 0; round < 1_200 && !isAtRest() && ledger.violations.isEmpty(); round++) {
            settleOnce();
            pauses.resumeAll(engine.host, memory.load().pauses());
            clock.advanceMillis(250);
        }
        ledger.checkAcknowledged(store);
        if (!isAtRest()) {
            ledger.violated("no rest: " + engine.host.stats().numbers());
        }
        ledger.checkAtRest(nodes);
        tasks.clear();
        nodes.forEach(node -> node.isKind = false);
    }

    private boolean isAtRest() {
        Map<String, Long> gauges = engine.host.stats().numbers();
        return ledger.isAllSettled()
                && gauges.getOrDefault(EngineStats.TASKS_IN_CACHE, -1L) == 0
                && gauges.getOrDefault(EngineStats.TIMER_TASKS, -1L) == 0;
    }

    /** Does everything that can be done at this moment. */
    private void settleOnce() {
        boolean isMoving = true;
        while (isMoving) {
            engine.run();
            isMoving = false;
            for (ModelNetwork.Link link : List.copyOf(network.links)) {
                while (link.toEngine() || link.toProxy()) {
                    isMoving = true;
                }
            }
            for (ModelNode node : nodes) {
                node.run();
                while (node.answerOne()) {
                    isMoving = true;
                    node.run();
                }
            }
        }
    }
}
