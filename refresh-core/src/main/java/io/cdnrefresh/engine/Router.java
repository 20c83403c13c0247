// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds the route of a request. Immutable once the routes are added. */
final class Router {
    /**
     * One route.
     *
     * @param template the path as it was given
     * @param path the whole path if nothing in it is open; else null
     * @param segments literals, or null where a variable stands
     */
    private record Route(
            String method,
            String template,
            @Nullable String path,
            List<@Nullable String> segments,
            List<String> parameters,
            FrontDoor.Need need,
            Consumer<Call> handler) {}

    private final List<Route> routes = new ArrayList<>();
    private final Relay relay;
    private final FrontDoor door;

    Router(Relay relay, FrontDoor door) {
        this.relay = relay;
        this.door = door;
    }

    /** Adds a route; {@code {…}} in the path stands for one segment. */
    Router add(String method, String path, List<String> parameters, Consumer<Call> handler) {
        List<@Nullable String> segments = new ArrayList<>();
        for (String segment : split(path)) {
            segments.add(segment.startsWith("{") ? null : segment);
        }
        boolean isOpen = path.indexOf('{') >= 0;
        routes.add(new Route(method, path, isOpen ? null : path, segments, parameters, FrontDoor.need(path), handler));
        return this;
    }

    /**
     * Calls the handler.
     *
     * @throws ProblemException 404, 405, 401 or 403 for the caller, or 400 for the query string
     */
    void route(ApiRequest request, ApiResponder responder) {
        String method = request.method().equals("HEAD") ? "GET" : request.method();
        String path = request.path();
        List<String> segments = List.of();
        Set<String> allowed = Set.of();
        for (Route route : routes) {
            boolean isSame = path.equals(route.path);
            if (!isSame && segments.isEmpty()) {
                segments = split(path);
            }
            if (!isSame && !matches(route, segments)) {
                continue;
            }
            if (route.method.equals(method)) {
                Caller caller = door.enter(route.need, request);
                QueryParameters query = QueryParameters.parse(request.query(), route.parameters);
                route.handler.accept(new Call(request, responder, variables(route, segments), query, caller, relay));
                return;
            }
            allowed = allowed.isEmpty() ? new TreeSet<>() : allowed;
            allowed.add(route.method);
            if (route.method.equals("GET")) {
                allowed.add("HEAD");
            }
        }
        if (allowed.isEmpty()) {
            throw new ProblemException(
                    Problem.notFound("path", path, "a path of this API, without a slash at its end"));
        }
        String methods = String.join(", ", allowed);
        Fault fault = Fault.of("method", request.method(), "method-not-allowed", methods);
        throw new ProblemException(
                Problem.of(405, "method-not-allowed", "The path has no such method", "expected: " + methods, fault)
                        .withHeaders("Allow", methods));
    }

    /** Every route as {@code GET /path?parameter&parameter}. */
    List<String> described() {
        return routes.stream()
                .map(route -> route.method
                        + ' '
                        + route.template
                        + (route.parameters.isEmpty() ? "" : '?' + String.join("&", route.parameters)))
                .toList();
    }

    private static boolean matches(Route route, List<String> segments) {
        if (route.segments.size() != segments.size()) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            String literal = route.segments.get(i);
            if (literal == null ? segments.get(i).isEmpty() : !literal.equals(segments.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> variables(Route route, List<String> segments) {
        List<String> variables = List.of();
        for (int i = 0; i < segments.size(); i++) {
            if (route.segments.get(i) == null) {
                String value = QueryParameters.decode(segments.get(i), false);
                if (value == null) {
                    throw new ProblemException(Problem.invalid(Fault.of(
                            "path",
                            segments.get(i),
                            "bad-escape",
                            "two hexadecimal digits after each %, in all UTF-8")));
                }
                variables = variables.isEmpty() ? new ArrayList<>(2) : variables;
                variables.add(value);
            }
        }
        return variables;
    }

    private static List<String> split(String path) {
        List<String> segments = new ArrayList<>(8);
        for (int from = 0; from >= 0 && segments.size() < 16; ) {
            int to = path.indexOf('/', from);
            segments.add(path.substring(from, to < 0 ? path.length() : to));
            from = to < 0 ? -1 : to + 1;
        }
        return segments;
    }
}
