// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to traced tasks, one log line for each stage at each node: {@code refresh trace} puts them together again. A
 * task is traced if its {@code traceparent} says "sampled" (W3C): the flag travels with the task, so that all nodes tell of
 * the same ones. Thread-safe; a task that is not traced costs a look at one character.
 *
 * <p>The first words of a line name the event, {@code key=value} follow: {@code trace} and {@code task} in every one,
 * {@code node} (an engine's number, a device's id), and {@code millis} since the stage before at that node.
 */
public final class TaskTrace {
    /** Whose lines these are. */
    public static final String LOGGER = "io.cdnrefresh.trace";

    private static final Logger logger = LoggerFactory.getLogger(LOGGER);
    private static final int LENGTH = 55;

    private TaskTrace() {}

    /** Whether something is to be told of the task; {@code traceparent} of the W3C, or empty. */
    public static boolean isOn(String traceparent) {
        return traceparent.length() == LENGTH
                && (Character.digit(traceparent.charAt(LENGTH - 1), 16) & 1) == 1
                && logger.isInfoEnabled();
    }

    private static String id(RefreshTask task) {
        return task.trace().substring(3, 35);
    }

    /** An engine has the task in its store: {@code millis} after it began to take it. */
    public static void stored(RefreshTask task, TaskId id, String node, int devices, long millis) {
        if (isOn(task.trace())) {
            logger.info(
                    "task stored trace={} task={} node={} kind={} targets={} devices={} millis={}",
                    id(task),
                    id,
                    node,
                    task.kind().wireName(),
                    task.targets().size(),
                    devices,
                    millis);
        }
    }

    /** The first device has said something: {@code millis} after the acceptance. */
    public static void reported(RefreshTask task, TaskId id, String node, String device, long millis) {
        if (isOn(task.trace())) {
            logger.info(
                    "task reported trace={} task={} node={} device={} millis={}", id(task), id, node, device, millis);
        }
    }

    /** The task's final state is stored: {@code millis} after the acceptance. */
    public static void ended(RefreshTask task, TaskId id, String node, String state, long millis) {
        if (isOn(task.trace())) {
            logger.info("task final trace={} task={} node={} state={} millis={}", id(task), id, node, state, millis);
        }
    }

    /** Nothing of the task is owed any more: {@code millis} after the acceptance. */
    public static void settled(RefreshTask task, TaskId id, String node, long millis) {
        if (isOn(task.trace())) {
            logger.info("task settled trace={} task={} node={} millis={}", id(task), id, node, millis);
        }
    }

    /** A webhook was posted: {@code result} is the receiver's status, or 0 for none, {@code millis} after it began. */
    public static void calledBack(String traceparent, TaskId id, String node, String webhook, int result, long millis) {
        if (isOn(traceparent)) {
            logger.info(
                    "task called back trace={} task={} node={} webhook={} status={} millis={}",
                    traceparent.substring(3, 35),
                    id,
                    node,
                    webhook,
                    result,
                    millis);
        }
    }

    /** A proxy begins to work on a step of the task. */
    public static void begun(RefreshTask task, TaskId id, int step, String node) {
        if (isOn(task.trace())) {
            logger.info("command begun trace={} task={} node={} step={}", id(task), id, node, step);
        }
    }

    /** A proxy has applied the step and waits for its fence: {@code millis} after it began. */
    public static void applied(RefreshTask task, TaskId id, int step, String node, String outcome, long millis) {
        if (isOn(task.trace())) {
            logger.info(
                    "command applied trace={} task={} node={} step={} outcome={} millis={}",
                    id(task),
                    id,
                    node,
                    step,
                    outcome,
                    millis);
        }
    }

    /** A proxy is finished with the step: {@code millis} after it began. */
    public static void done(RefreshTask task, TaskId id, int step, String node, String outcome, long millis) {
        if (isOn(task.trace())) {
            logger.info(
                    "command done trace={} task={} node={} step={} outcome={} millis={}",
                    id(task),
                    id,
                    node,
                    step,
                    outcome,
                    millis);
        }
    }
}
