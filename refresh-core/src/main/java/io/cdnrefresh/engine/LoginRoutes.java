// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.spi.ApiResponse;
import java.util.ArrayList;
import java.util.List;

/** The login of browsers: a key is shown once, then a cookie and a token against forged calls do. Thread-safe. */
final class LoginRoutes {
    private static final String LOGIN = "/v1/login";

    private final FrontDoor door;
    private final Bodies bodies;

    LoginRoutes(FrontDoor door, Bodies bodies) {
        this.door = door;
        this.bodies = bodies;
    }

    void addTo(Router router) {
        router.add("GET", LOGIN, List.of(), this::session)
                .add("POST", LOGIN, List.of(), this::login)
                .add("POST", "/v1/logout", List.of(), this::logout);
    }

    private void login(Call call) {
        String[] text = {""};
        List<Fault> faults = bodies.read(call.request(), body -> {
            body.object("", List.of("key"), name -> {
                String value = body.string(name);
                text[0] = value == null ? "" : value;
            });
            return body.faults();
        });
        if (!faults.isEmpty()) {
            throw new ProblemException(Problem.invalid(faults));
        }
        AccessView access = door.access();
        ApiKey key = access == null ? null : door.known(text[0], access);
        if (access == null || key == null) {
            throw new ProblemException(Problem.of(401, "unauthorized", "This is no key", "expected: a key that counts")
                    .withHeaders("WWW-Authenticate", "Bearer realm=\"refresh\""));
        }
        String session = door.sessions().open(key);
        String cookie = Sessions.COOKIE + "=" + session + "; Path=/; HttpOnly; SameSite=Strict; Max-Age="
                + Sessions.LENGTH.toSeconds();
        call.responder()
                .respond(withCookie(shown(Caller.of(key), door.sessions().csrf(session, key)), cookie));
    }

    /** Who is logged in, with the token; 401 if nobody is. */
    private void session(Call call) {
        String session = Sessions.ofCookies(call.request().header("Cookie"));
        AccessView access = door.access();
        ApiKey key = session == null || access == null ? null : door.sessions().key(session, access);
        if (call.caller().equals(Caller.NOBODY)) {
            throw new ProblemException(Problem.of(401, "unauthorized", "Nobody is logged in", "expected: a login")
                    .withHeaders("WWW-Authenticate", "Bearer realm=\"refresh\""));
        }
        String csrf = session == null || key == null ? "" : door.sessions().csrf(session, key);
        call.responder().respond(shown(call.caller(), csrf));
    }

    private void logout(Call call) {
        ApiResponse done = Replies.object(200, json -> json.field("loggedOut").value(true));
        call.responder().respond(withCookie(done, Sessions.COOKIE + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    }

    private static ApiResponse shown(Caller caller, String csrf) {
        return Replies.object(200, json -> {
            json.field("actor").value(caller.actor());
            json.field("tenant").value(caller.tenant());
            json.field("admin").value(caller.isAdmin());
            json.field("csrf").value(csrf);
        });
    }

    private static ApiResponse withCookie(ApiResponse response, String cookie) {
        List<String> headers = new ArrayList<>(response.headers());
        headers.add("Set-Cookie");
        headers.add(cookie);
        return new ApiResponse(response.status(), response.contentType(), headers, response.body());
    }
}
