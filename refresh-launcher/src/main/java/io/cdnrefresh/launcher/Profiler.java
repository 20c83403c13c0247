// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;

/** Makes recordings of the flight recorder, one at a time. Thread-safe. */
final class Profiler {
    /** The longest recording, in seconds. */
    static final int MOST_SECONDS = 300;

    private static final long MOST_BYTES = 64L << 20;

    /** Events that hold the environment and the command line of this process or of others, where secrets may be. */
    private static final List<String> TELLING = List.of(
            "jdk.InitialEnvironmentVariable", "jdk.InitialSystemProperty", "jdk.JVMInformation", "jdk.SystemProcess");

    private final AtomicBoolean isBusy = new AtomicBoolean();

    /** Whether a recording may begin now; then {@link #record} has to follow. */
    boolean tryBegin() {
        return isBusy.compareAndSet(false, true);
    }

    /** Records for some seconds; blocks for as long. Gives what {@code jfr} and JDK Mission Control read. */
    byte[] record(int seconds) throws IOException, InterruptedException {
        Path file = Files.createTempFile("refresh-profile", ".jfr");
        try (Recording recording = new Recording(Configuration.getConfiguration("profile"))) {
            recording.setMaxSize(MOST_BYTES);
            TELLING.forEach(recording::disable);
            recording.start();
            TimeUnit.SECONDS.sleep(seconds);
            recording.stop();
            recording.dump(file);
            return Files.readAllBytes(file);
        } catch (ParseException e) {
            throw new IOException("the runtime's profile settings cannot be read", e);
        } finally {
            isBusy.set(false);
            Files.deleteIfExists(file);
        }
    }
}
