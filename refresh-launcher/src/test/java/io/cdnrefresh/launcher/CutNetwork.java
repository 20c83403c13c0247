// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * A network namespace behind a router, itself one, which throws away without a word what it is told to: packets to one
 * address, one way. Needs root and iproute2. Owned by one thread.
 *
 * <pre>
 *  this namespace 10.X.1.1, .3, .4, .5 ── 10.X.1.254 router 10.X.2.254 ── 10.X.2.2 the namespace
 * </pre>
 */
final class CutNetwork implements AutoCloseable {
    private final int net = 100 + (int) (ProcessHandle.current().pid() % 100);
    private final String prefix = "rf" + ProcessHandle.current().pid() % 100_000;
    private final Deque<String> undo = new ArrayDeque<>();

    private CutNetwork() {}

    /**
     * Lays the network.
     *
     * @throws IOException with the reason, if that is not allowed here
     */
    static CutNetwork lay() throws IOException {
        CutNetwork network = new CutNetwork();
        try {
            network.layAll();
            return network;
        } catch (IOException e) {
            network.close();
            throw e;
        }
    }

    private void layAll() throws IOException {
        for (String name : List.of(inside(), router())) {
            run("ip netns add " + name);
            undo.push("ip netns del " + name);
        }
        run("ip link add " + prefix + "a type veth peer name " + prefix + "b");
        undo.push("ip link del " + prefix + "a");
        run("ip link add " + prefix + "c type veth peer name " + prefix + "d");
        run("ip link set " + prefix + "b netns " + router());
        run("ip link set " + prefix + "c netns " + router());
        run("ip link set " + prefix + "d netns " + inside());
        run("ip addr add " + outside(1) + "/24 dev " + prefix + "a");
        for (int host = 3; host <= 5; host++) {
            run("ip addr add " + outside(host) + "/32 dev " + prefix + "a");
        }
        run("ip link set " + prefix + "a up");
        String in = "ip netns exec " + router() + " ";
        run(in + "ip addr add " + outside(254) + "/24 dev " + prefix + "b");
        run(in + "ip addr add 10." + net + ".2.254/24 dev " + prefix + "c");
        run(in + "ip link set " + prefix + "b up");
        run(in + "ip link set " + prefix + "c up");
        run(in + "sysctl -q -w net.ipv4.ip_forward=1");
        in = "ip netns exec " + inside() + " ";
        run(in + "ip addr add " + address() + "/24 dev " + prefix + "d");
        run(in + "ip link set " + prefix + "d up");
        run(in + "ip link set lo up");
        run(in + "ip route add default via 10." + net + ".2.254");
        run("ip route add 10." + net + ".2.0/24 via " + outside(254));
    }

    private String inside() {
        return prefix + "e";
    }

    private String router() {
        return prefix + "r";
    }

    /** One of this side's addresses: 1, 3, 4 or 5. What dials the other side does so from 1. */
    String outside(int host) {
        return "10." + net + ".1." + host;
    }

    /** The address inside. */
    String address() {
        return "10." + net + ".2.2";
    }

    /** What a command inside begins with. */
    List<String> command() {
        return List.of("ip", "netns", "exec", inside());
    }

    /** From now on nothing arrives at this address of this side. */
    void cut(String outside) {
        try {
            run("ip netns exec " + router() + " ip route add blackhole " + outside + "/32");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void heal(String outside) {
        try {
            run("ip netns exec " + router() + " ip route del blackhole " + outside + "/32");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String command) throws IOException {
        Process process =
                new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.onExit().join().exitValue();
        if (code != 0) {
            throw new IOException(String.format(Locale.ROOT, "%s: exit %d: %s", command, code, said.strip()));
        }
    }

    @Override
    public void close() {
        while (!undo.isEmpty()) {
            try {
                run(undo.pop());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
