// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.netty.client.HttpCall;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.netty.client.HttpReply.Response;
import io.cdnrefresh.netty.poll.Answers.Answer;
import io.cdnrefresh.netty.poll.Answers.Welcome;
import io.cdnrefresh.netty.rpc.PendingCommands;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyTransport.Handler;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one engine linked over HTTP: one poll at a time, and beside it one request with reports or a heartbeat. Owned by
 * its event loop; {@link #report} comes from any thread.
 */
final class EnginePoller {
    private static final Logger logger = LoggerFactory.getLogger(EnginePoller.class);
    private static final int KEEP_BYTES = 16 << 20;
    private static final Duration SHORT = Duration.ofSeconds(10);
    private static final Duration SPARE = Duration.ofSeconds(10);
    /** A second address of an engine that has a link is tried again after this: the first may go. */
    private static final Duration DUPLICATE_RETRY = Duration.ofSeconds(30);

    private final HttpProxyTransport transport;
    private final EventLoop loop;
    private final String host;
    private final int port;
    private final PendingCommands pending = new PendingCommands();
    private volatile @Nullable EngineLink link;
    private volatile boolean isJoined;
    private volatile @Nullable ReportSender sender;
    private @Nullable Hello hello;
    private String linkName = "";
    private long answers;
    private int heartbeatMillis;
    private boolean isOffering;
    private boolean hasPolled;
    private boolean isStopped;
    private int failures;
    private boolean isPolling;
    private @Nullable String leave;

    EnginePoller(HttpProxyTransport transport, EventLoop loop, String host, int port) {
        this.transport = transport;
        this.loop = loop;
        this.host = host;
        this.port = port;
    }

    private String address() {
        return host + ":" + port;
    }

    Handler handler() {
        return transport.handler();
    }

    private HttpCall.Builder call(String method, String path, Duration timeout) {
        HttpCall.Builder call = HttpCall.to(method, host, port, path)
                .timeout(timeout)
                .keepBodyBytes(KEEP_BYTES)
                .maxBodyBytes(KEEP_BYTES);
        if (transport.isSecure()) {
            call.secure();
        }
        String token = transport.token();
        return token == null ? call : call.header("Authorization", "Bearer " + token);
    }

    /** Sends a request and takes its reply on the loop, unless the link is another one by then. */
    private void send(HttpCall call, Consumer<HttpReply> onReply) {
        String sentOn = linkName;
        transport
                .client()
                .execute(
                        call,
                        reply -> execute(() -> {
                            if (sentOn.equals(linkName) && !isStopped) {
                                onReply.accept(reply);
                            }
                        }));
    }

    /** From any thread. */
    void start() {
        execute(() -> dialAfter(transport.spread()));
    }

    private void dialAfter(long delayNanos) {
        if (!isStopped) {
            var unused = loop.schedule(this::dial, delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void dial() {
        if (isStopped) {
            return;
        }
        linkName = UUID.randomUUID().toString();
        send(call("GET", "/v1/proxy/engine", SHORT).build(), reply -> {
            if (reply instanceof Response welcome && welcome.status() == 200) {
                onWelcome(welcome.bodyPrefix());
            } else {
                failed(why(reply), retryAfter(reply));
            }
        });
    }

    private void onWelcome(byte[] body) {
        Welcome welcome;
        try {
            welcome = Welcome.decode(body);
        } catch (IllegalArgumentException foreign) {
            failed("no engine there: " + foreign.getMessage(), Duration.ZERO);
            return;
        }
        EngineLink made = new EngineLink(welcome.engine(), address(), transport.nextConnection());
        if (!transport.links().claim(made, this)) {
            failed("this engine is linked under another address", DUPLICATE_RETRY);
            return;
        }
        heartbeatMillis = welcome.heartbeatMillis();
        try {
            hello = handler().onLink(made);
        } catch (IllegalStateException olderEpoch) {
            transport.links().release(made, this);
            logger.warn("engine refused link={} reason={}", made, olderEpoch.getMessage());
            failed("refused by the proxy", Duration.ZERO);
            return;
        }
        link = made;
        sender = new ReportSender(this, requireNonNull(hello, "hello").device(), linkName);
        answers = 0;
        leave = null;
        poll();
    }

    private void poll() {
        EngineLink current = requireNonNull(link, "link");
        PollRequest request = new PollRequest(
                requireNonNull(hello, "hello"),
                linkName,
                answers,
                current.engine().epoch(),
                transport.maxWait(),
                answers == 0 ? null : handler().health());
        hasPolled = true;
        isPolling = true;
        Duration timeout = transport.maxWait().plus(answers == 0 ? HttpEngineTransport.ANSWER_TIMEOUT : SPARE);
        send(call("POST", "/v1/proxy/poll", timeout).body(request.encode()).build(), this::onPolled);
    }

    private void onPolled(HttpReply reply) {
        isPolling = false;
        if (!(reply instanceof Response response) || response.status() != 200) {
            lost(why(reply), retryAfter(reply));
            return;
        }
        Answer answer;
        try {
            answer = Answer.decode(response.bodyPrefix());
        } catch (IllegalArgumentException wrong) {
            lost("protocol fault: " + wrong.getMessage(), Duration.ZERO);
            return;
        }
        EngineLink current = requireNonNull(link, "link");
        boolean isFirst = answers == 0;
        answers = answer.answer();
        leave = answer.leave();
        if (isFirst) {
            failures = 0;
            isJoined = true;
            logger.info("engine linked over http link={}", current);
            handler().onJoined(current);
            tickLater();
        }
        try {
            long batch = requireNonNull(sender, "sender").acknowledge(answer.acknowledged());
            if (batch > 0) {
                handler().onAcknowledged(current, batch);
            }
        } catch (IllegalArgumentException wrong) {
            lost("protocol fault: " + wrong.getMessage(), Duration.ZERO);
            return;
        }
        if (answer.standing() != null) {
            handler().onStanding(current, answer.standing());
        }
        pending.add(answer.runs(), response.bodyPrefix().length);
        offer();
    }

    /** Gives the proxy what has come, and polls on unless that is too much by now: acknowledgements come with it. */
    private void offer() {
        EngineLink current = requireNonNull(link, "link");
        boolean isTaken = !isOffering && pending.offerTo(handler(), current);
        if (!isTaken && !isOffering) {
            isOffering = true;
            var unused = loop.schedule(() -> offerAgain(current), pending.pauseNanos(), TimeUnit.NANOSECONDS);
        }
        if (leave != null) {
            if (isTaken) {
                lost("engine drains: " + leave, Duration.ZERO);
            }
        } else if (!isPolling && !pending.isFull()) {
            poll();
        }
    }

    private void offerAgain(EngineLink offered) {
        if (offered.equals(link) && isOffering) {
            isOffering = false;
            if (pending.isStandingStill()) {
                lost("the proxy takes no commands", Duration.ZERO);
            } else {
                offer();
            }
        }
    }

    private void tickLater() {
        EngineLink current = link;
        var unused = loop.schedule(
                () -> {
                    if (current != null && current.equals(link)) {
                        if (!hasPolled) {
                            beat();
                        }
                        hasPolled = false;
                        tickLater();
                    }
                },
                heartbeatMillis,
                TimeUnit.MILLISECONDS);
    }

    /** Sends reports in order; false if the link is not there or has to wait for acknowledgements. */
    boolean report(EngineLink to, long batch, List<Report> reports) {
        ReportSender current = sender;
        return isJoined && to.equals(link) && current != null && current.report(batch, reports);
    }

    /** On the loop. */
    void beat() {
        ReportSender current = sender;
        if (isJoined && current != null) {
            current.beat();
        }
    }

    /** One request with reports, or a heartbeat; the reply comes on the loop. */
    void post(ReportSender from, ReportRequest request, Runnable onSent) {
        send(call("POST", "/v1/proxy/report", SHORT).body(request.encode()).build(), reply -> {
            if (reply instanceof Response response && response.status() / 100 == 2) {
                onSent.run();
            } else if (from.equals(sender)) {
                lost(why(reply), retryAfter(reply));
            }
        });
    }

    private void lost(String reason, Duration retryAfter) {
        EngineLink gone = forget();
        if (gone != null) {
            logger.info("engine link lost link={} reason={}", gone, reason);
            handler().onLost(gone, reason);
        }
        failed(reason, retryAfter);
    }

    private @Nullable EngineLink forget() {
        EngineLink gone = link;
        link = null;
        isJoined = false;
        isOffering = false;
        isPolling = false;
        sender = null;
        hello = null;
        linkName = "";
        pending.clear();
        if (gone != null) {
            transport.links().release(gone, this);
        }
        return gone;
    }

    private void failed(String reason, Duration retryAfter) {
        if (failures == 0) {
            logger.info("engine not linked over http, trying again address={} reason={}", address(), reason);
        }
        long least = retryAfter.toNanos();
        long jitter = ThreadLocalRandom.current().nextLong(least / 5 + 1);
        dialAfter(Math.max(transport.backoff(failures), least + jitter));
        failures++;
    }

    private static String why(HttpReply reply) {
        if (reply instanceof HttpReply.Failed failure) {
            return failure.kind() + " " + failure.reason();
        }
        return reply instanceof Response response ? "status " + response.status() : "no reply";
    }

    private static Duration retryAfter(HttpReply reply) {
        return reply instanceof Response response ? Answers.retryAfter(response.bodyPrefix()) : Duration.ZERO;
    }

    /** Says farewell and dials no more; counts down when the engine has answered, or cannot. From any thread. */
    void stop(CountDownLatch done) {
        boolean isTaken = execute(() -> {
            Hello was = hello;
            String name = linkName;
            EngineLink gone = forget();
            isStopped = true;
            if (gone != null && was != null) {
                byte[] farewell = new ReportRequest(was.device(), name, 0, List.of(), null, true).encode();
                transport
                        .client()
                        .execute(
                                call("POST", "/v1/proxy/report", SHORT)
                                        .body(farewell)
                                        .build(),
                                reply -> done.countDown());
                handler().onLost(gone, "proxy shut down");
            } else {
                done.countDown();
            }
        });
        if (!isTaken) {
            done.countDown();
        }
    }

    boolean execute(Runnable step) {
        try {
            loop.execute(step);
            return true;
        } catch (RejectedExecutionException over) {
            logger.debug("step dropped, the event loop has ended address={}", address());
            return false;
        }
    }
}
