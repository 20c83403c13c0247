// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Submits any number of targets, one a line, as tasks of at most so many. Each has an idempotency key made of the run's key and
 * its number: a task that is sent again counts once. With a {@link ResumeFile} a run that was ended, however, is gone on with
 * where it was; the lines before are read again and compared. Not thread-safe; blocking; holds one task at a time.
 */
final class BulkSubmit {
    /** As much of a body as surely is below the default of {@code engine.http.max-body}. */
    private static final int MOST_BYTES = 900_000;

    private final ApiClient client;
    private final Function<List<String>, Map<String, Object>> body;
    private final int batch;
    private final @Nullable ResumeFile resume;
    private final String key;
    private final ProgressLine progress;
    private final List<String> ids = new ArrayList<>();
    private @Nullable Answer last;
    private final CRC32 sum = new CRC32();

    private long lines;
    private long targets;
    private long bytes;
    /** What {@code sum} was before the last line. */
    private long sumBefore;

    /**
     * A run.
     *
     * @param body makes the body of a task of its targets
     * @param batch the most targets of a task
     * @param key of the run
     * @param resume where it is noted what is accepted; null = nowhere
     */
    BulkSubmit(
            ApiClient client,
            Function<List<String>, Map<String, Object>> body,
            int batch,
            String key,
            @Nullable ResumeFile resume,
            ProgressLine progress) {
        this.client = client;
        this.body = body;
        this.batch = batch;
        this.resume = resume;
        this.key = resume == null ? key : resume.key();
        this.progress = progress;
    }

    /** Submits all lines that are not empty. */
    void run(BufferedReader in) {
        if (resume != null) {
            skip(in, resume);
        }
        List<String> next = new ArrayList<>(batch);
        long first = lines + 1;
        int size = 0;
        for (String line = read(in); line != null; line = read(in)) {
            String target = line.strip();
            if (target.isEmpty()) {
                continue;
            }
            int length = target.getBytes(StandardCharsets.UTF_8).length + 4;
            if (next.size() == batch || size + length > MOST_BYTES && !next.isEmpty()) {
                // the line that was read belongs to the next task: what is noted ends before it
                send(next, first, lines - 1, sumBefore);
                next.clear();
                first = lines;
                size = 0;
            }
            next.add(target);
            size += length;
        }
        if (!next.isEmpty()) {
            send(next, first, lines, sum.getValue());
        }
        progress.end(targets, bytes);
    }

    private @Nullable String read(BufferedReader in) {
        try {
            String line = in.readLine();
            if (line != null) {
                sumBefore = sum.getValue();
                byte[] utf8 = line.getBytes(StandardCharsets.UTF_8);
                sum.update(utf8);
                sum.update('\n');
                lines++;
                bytes += utf8.length + 1L;
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void skip(BufferedReader in, ResumeFile from) {
        while (lines < from.lines()) {
            if (read(in) == null) {
                break;
            }
        }
        if (lines < from.lines() || sum.getValue() != from.sum()) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "--resume: " + from.lines()
                            + " lines are noted (expected: the same input as before, from its start)");
        }
        ids.addAll(from.ids());
        targets = from.targets();
        progress.begin(targets, bytes);
    }

    private void send(List<String> next, long firstLine, long lastLine, long sumThere) {
        int number = ids.size();
        Answer answer;
        try {
            answer = client.post("/v1/engine/task", body.apply(next), number == 0 ? key : key + "-" + number);
        } catch (CommandException e) {
            throw stopped(e.exitCode(), e.getMessage(), firstLine, lastLine);
        }
        if (answer.status() == 409) {
            throw stopped(ExitCode.FAILED, "409 " + ApiClient.detail(answer), firstLine, lastLine);
        }
        last = answer;
        String id = String.valueOf(answer.object().get("id"));
        ids.add(id);
        targets += next.size();
        if (resume != null) {
            resume.note(lastLine, sumThere, targets, id);
        }
        progress.show(targets, bytes);
    }

    private CommandException stopped(int code, @Nullable String why, long firstLine, long lastLine) {
        progress.end(targets, bytes);
        String next = resume == null
                ? "; with --resume FILE a run can be gone on with"
                : "; the same command goes on from there";
        return new CommandException(
                code,
                "lines " + firstLine + " to " + lastLine + ": " + why + System.lineSeparator() + "  accepted before: "
                        + targets + " targets in " + ids.size() + " tasks" + next);
    }

    /** The answer, if all went into one task of this run; else null. */
    @Nullable
    Answer only() {
        return ids.size() == 1 && resume == null ? last : null;
    }

    /** The tasks, those of the run before included. */
    List<String> ids() {
        return ids;
    }

    /** How many targets they have. */
    long targets() {
        return targets;
    }
}
