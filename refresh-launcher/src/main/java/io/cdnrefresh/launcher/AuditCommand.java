// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        description = "Shows who did what, newest first; or writes all of it into a file.",
        mixinStandardHelpOptions = true)
final class AuditCommand extends ClientCommand {
    private static final int PAGE = 1_000;

    @Option(names = "--since", paramLabel = "INSTANT", description = "Only since then.")
    @Nullable
    String since;

    @Option(names = "--actor", description = "Only by the key of this name.")
    @Nullable
    String actor;

    @Option(names = "--action", description = "Only this action, such as key.add.")
    @Nullable
    String action;

    @Option(names = "--tenant", description = "Only about things of this tenant.")
    @Nullable
    String tenant;

    @Option(names = "--limit", defaultValue = "100", description = "How many at most (${DEFAULT-VALUE}).")
    int limit = 100;

    @Option(names = "--export", paramLabel = "FILE", description = "Writes every record as a line of JSON; - = output.")
    @Nullable
    String export;

    @Override
    public Integer call() {
        if (export != null) {
            return write(export);
        }
        Answer answer = page(null, limit);
        if (options.json) {
            return print(answer);
        }
        for (Map<String, @Nullable Object> each : Json.rows(answer.object().get("records"))) {
            out().println(TaskText.line(each, "at", "actor", "action", "subject", "tenant", "detail"));
        }
        out().flush();
        return ExitCode.DONE;
    }

    private Answer page(@Nullable String cursor, int size) {
        Query query = new Query()
                .with("since", since)
                .with("actor", actor)
                .with("action", action)
                .with("tenant", tenant)
                .with("cursor", cursor)
                .with("limit", size);
        return options.client().get("/v1/admin/audit" + query);
    }

    private int write(String file) {
        if (file.equals("-")) {
            lines(out());
            out().flush();
            return ExitCode.DONE;
        }
        try (PrintWriter lines = new PrintWriter(Files.newBufferedWriter(Path.of(file), StandardCharsets.UTF_8))) {
            int count = lines(lines);
            if (lines.checkError()) {
                throw new IOException("the disk is full, or the file went away");
            }
            err().println(count + " records in " + file);
            err().flush();
            return ExitCode.DONE;
        } catch (IOException e) {
            throw new CommandException(ExitCode.FAILED, "--export: " + file + ": " + e.getMessage());
        }
    }

    private int lines(PrintWriter to) {
        int count = 0;
        String cursor = null;
        do {
            Map<String, @Nullable Object> page = page(cursor, PAGE).object();
            for (Map<String, @Nullable Object> each : Json.rows(page.get("records"))) {
                to.println(Json.write(each));
                count++;
            }
            Object next = page.get("next");
            cursor = next == null ? null : next.toString();
        } while (cursor != null);
        return count;
    }
}
