// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import com.google.re2j.Pattern;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * nginx's cache folder. Every file names its key, {@code host path variant} with the shipped configuration; a file that
 * is deleted is a miss. One walk serves all purges that wait. Owned by the thread of its {@link FileWorker}.
 */
final class CacheFolder {
    private static final byte[] KEY = "\nKEY: ".getBytes(StandardCharsets.US_ASCII);
    /** Longer than the binary part, the longest URL and a variant. */
    private static final int HEAD_BYTES = 12_288;

    private static final int FIRST_READ = 1_024;

    private final Path folder;
    private final CacheRules rules;
    private final Witnesses witnesses;

    CacheFolder(CacheSettings settings, CacheRules rules, Witnesses witnesses) {
        folder = Path.of(settings.folder());
        this.rules = rules;
        this.witnesses = witnesses;
    }

    /** Deletes what the jobs cover, and tells each. */
    void purge(List<FileWorker.Job> jobs) {
        List<Match> matches = jobs.stream().map(Match::new).toList();
        CacheResult result;
        try {
            Files.walkFileTree(folder, new Visitor(matches));
            result = rules.ofFiles();
        } catch (AccessDeniedException e) {
            result = new CacheResult.Denied("not allowed: " + e.getMessage());
        } catch (NoSuchFileException e) {
            result = new CacheResult.Denied("no such folder: " + e.getMessage());
        } catch (IOException e) {
            result = new CacheResult.Failed("cache folder: " + e);
        }
        for (Match match : matches) {
            FileWorker.Job job = match.job;
            witnesses.add(job.kind(), job.request(), match.removed);
            job.listener().onResult(result);
        }
    }

    /** The key of a cache file; null if it is none, or is gone. */
    private static @Nullable String key(Path file) throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(FIRST_READ);
            String key = key(head);
            if (key != null || head.length < FIRST_READ) {
                return key;
            }
            byte[] more = in.readNBytes(HEAD_BYTES - FIRST_READ);
            byte[] all = java.util.Arrays.copyOf(head, head.length + more.length);
            System.arraycopy(more, 0, all, head.length, more.length);
            return key(all);
        } catch (NoSuchFileException replaced) {
            return null;
        }
    }

    private static @Nullable String key(byte[] head) {
        for (int i = 0; i + KEY.length < head.length; i++) {
            if (head[i] == KEY[0] && java.util.Arrays.equals(head, i, i + KEY.length, KEY, 0, KEY.length)) {
                int start = i + KEY.length;
                for (int end = start; end < head.length; end++) {
                    if (head[end] == '\n') {
                        return new String(head, start, end - start, StandardCharsets.ISO_8859_1);
                    }
                }
                return null;
            }
        }
        return null;
    }

    private final class Visitor extends SimpleFileVisitor<Path> {
        private final List<Match> matches;

        private Visitor(List<Match> matches) {
            this.matches = matches;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new IOException("driver closed");
            }
            String name = String.valueOf(file.getFileName());
            String key = name.length() == 32 && name.indexOf('.') < 0 ? key(file) : null;
            if (key == null) {
                return FileVisitResult.CONTINUE;
            }
            String[] parts = key.split(" ", 3);
            if (parts.length < 2) {
                throw new IOException("key not as in the shipped configuration, host path variant: " + file);
            }
            boolean isCovered = false;
            for (Match match : matches) {
                isCovered |= match.covers(parts);
            }
            if (isCovered) {
                Files.deleteIfExists(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failed) throws IOException {
            if (failed instanceof NoSuchFileException && !file.equals(folder)) {
                return FileVisitResult.CONTINUE; // nginx removed it meanwhile
            }
            throw failed;
        }
    }

    /** What one job covers, and a sample of what was there. */
    private static final class Match {
        private static final int SAMPLE = 8;
        private static final Pattern PORT = Pattern.compile(":[0-9]+$");

        private final FileWorker.Job job;
        private final @Nullable Pattern pattern;
        /** As nginx's {@code $host} has it: without the port. */
        private final String host;

        private final List<PurgeRequest> removed = new ArrayList<>();

        private Match(FileWorker.Job job) {
            this.job = job;
            pattern = job.kind() == TaskKind.REGEX
                    ? Pattern.compile(job.request().target().path())
                    : null;
            host = PORT.matcher(job.request().target().host()).replaceFirst("");
        }

        /** @param key host, path and variant */
        private boolean covers(String[] key) {
            Target target = job.request().target();
            boolean isCovered = switch (job.kind()) {
                case ALL -> true;
                case HOST -> Target.hostMatches(host, key[0]);
                case PREFIX -> host.equals(key[0]) && key[1].startsWith(target.path());
                default ->
                    host.equals(key[0])
                            && pattern != null
                            && pattern.matcher(key[1]).find();
            };
            if (isCovered && removed.size() < SAMPLE) {
                List<String> variant =
                        key.length < 3 || key[2].isEmpty() ? List.of() : List.of("Accept-Encoding: " + key[2]);
                removed.add(new PurgeRequest(
                        new Target("", key[0], key[1]), variant, job.request().trace()));
            }
            return isCovered;
        }
    }
}
