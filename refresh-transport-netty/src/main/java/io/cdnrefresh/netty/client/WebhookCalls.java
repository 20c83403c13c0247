// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import io.cdnrefresh.model.CallbackUrl;
import io.cdnrefresh.spi.CallbackSender;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Posts webhooks through a client of their own, which has to refuse the addresses that tenants must not reach
 * ({@link HttpClient.Builder#addresses}). Thread-safe; closes nothing. Follows no redirect, reads at most 16 KiB of an
 * answer, and lets one take 1 ms to 1 min in all.
 */
public final class WebhookCalls implements CallbackSender {
    private static final int MAX_ANSWER_BYTES = 16 << 10;

    private final HttpClient client;
    private final Duration timeout;

    /**
     * Creates a sender.
     *
     * @param timeout for the whole of one post, 1 ms to 1 min
     */
    public WebhookCalls(HttpClient client, Duration timeout) {
        if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: PT0.001S..PT1M)");
        }
        this.client = client;
        this.timeout = timeout;
    }

    @Override
    public void send(Request request, Consumer<Reply> done) {
        HttpCall call;
        try {
            call = call(request);
        } catch (IllegalArgumentException e) {
            done.accept(new Reply(0, "not a URL that can be called", 0));
            return;
        }
        client.execute(call, reply -> done.accept(reply(reply)));
    }

    private HttpCall call(Request request) {
        CallbackUrl url = CallbackUrl.parse(request.url());
        HttpCall.Builder call = HttpCall.to("POST", url.host(), url.port(), url.path())
                .header("User-Agent", "refresh-webhooks")
                .body(request.body())
                .timeout(timeout)
                .maxBodyBytes(MAX_ANSWER_BYTES);
        List<String> headers = request.headers();
        for (int i = 0; i + 1 < headers.size(); i += 2) {
            call.header(headers.get(i), headers.get(i + 1));
        }
        return (url.isSecure() ? call.secure() : call).build();
    }

    private static Reply reply(HttpReply reply) {
        if (reply instanceof HttpReply.Response response) {
            int status = response.status();
            boolean isRedirect = status >= 300 && status < 400;
            return new Reply(
                    status, isRedirect ? "redirects are not followed" : "", seconds(response.header("Retry-After")));
        }
        HttpReply.Failed failed = (HttpReply.Failed) reply;
        // what the receiver says was said in the head: a long page behind it changes nothing
        boolean isTooLong = failed.kind() == HttpReply.Kind.BODY_TOO_LARGE;
        return new Reply(isTooLong ? failed.status() : 0, isTooLong ? "" : failed.reason(), 0);
    }

    private static long seconds(@Nullable String retryAfter) {
        return retryAfter != null && retryAfter.matches("[0-9]{1,6}") ? Long.parseLong(retryAfter) : 0;
    }
}
