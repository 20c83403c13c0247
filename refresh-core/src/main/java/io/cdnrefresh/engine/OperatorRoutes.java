// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.MetricText;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.engine.EngineOperations.StateChange;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.KeyForms;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Devices, hosts, pausing, figures and health. Thread-safe. */
final class OperatorRoutes {
    private static final String ENGINE = "/v1/engine/";
    private static final List<String> DEVICE_FIELDS = List.of("group", "tier");
    private static final List<String> STATE_FIELDS = List.of("state", "reason", "until");
    private static final List<String> HOST_FIELDS = List.of("tenant", "groups", "keyTemplate", "variants", "schemes");
    private static final List<String> PAUSE_FIELDS = List.of("tenant", "type", "group", "id");
    private static final int MAX_NAMES = 1_000;
    private static final int MAX_VARIANTS = 64;
    private static final int MAX_TEXT = 1_024;

    private final EngineOperations operations;
    private final FrontDoor door;
    private final EngineClock clock;
    private final Bodies bodies;
    private final ApiResponse version;

    OperatorRoutes(EngineOperations operations, FrontDoor door, EngineClock clock, String version, Bodies bodies) {
        this.operations = operations;
        this.door = door;
        this.clock = clock;
        this.bodies = bodies;
        this.version = Replies.object(200, json -> {
            json.field("version").value(version);
            json.field("api").value("v1");
        });
    }

    void addTo(Router router) {
        router.add("GET", ENGINE + "devices", List.of("local"), this::devices)
                .add("PUT", ENGINE + "devices/{id}", List.of(), this::putDevice)
                .add("DELETE", ENGINE + "devices/{id}", List.of(), this::removeDevice)
                .add("PUT", ENGINE + "devices/{id}/state", List.of(), this::setDeviceState)
                .add("GET", ENGINE + "hosts", List.of(), this::hosts)
                .add("PUT", ENGINE + "hosts/{host}", List.of(), this::putHost)
                .add("DELETE", ENGINE + "hosts/{host}", List.of(), this::removeHost)
                .add("GET", ENGINE + "pause", List.of(), this::pauses)
                .add("POST", ENGINE + "pause", List.of(), this::pause)
                .add("POST", ENGINE + "resume", List.of(), this::resume)
                .add("GET", ENGINE + "quota", List.of("host"), this::quota)
                .add("GET", ENGINE + "stats", List.of("local"), this::stats)
                .add("POST", ENGINE + "reload", List.of(), this::reload)
                .add("POST", ENGINE + "drain", List.of(), this::drain)
                .add("GET", "/metrics", List.of(), call -> call.answer(this::metrics))
                .add("GET", "/healthz", List.of(), call -> call.answer(() -> health()))
                .add("GET", "/readyz", List.of(), call -> call.answer(() -> readiness()))
                .add("GET", "/version", List.of(), call -> call.responder().respond(version));
    }

    private void devices(Call call) {
        operations.devices(answer -> {
            if (answer instanceof Answer.Value<List<DeviceView>> own) {
                call.askAll(parts -> Replies.object(200, json -> ClusterViews.devices(json, own.value(), parts)));
            } else {
                call.<List<DeviceView>>then(devices -> Replies.object(200, json -> {}))
                        .accept(answer);
            }
        });
    }

    private void putDevice(Call call) {
        String id = name(call, "device");
        String[] fields = {"default", Device.EDGE};
        read(call, DEVICE_FIELDS, body -> name -> {
            boolean isGroup = name.equals("group");
            String value =
                    body.parsed(name, text -> isGroup ? Device.requireName(name, text) : Device.requireTier(text));
            fields[isGroup ? 0 : 1] = value == null ? "" : value;
        });
        operations.putDevice(
                id, fields[0], fields[1], call.actor(), call.then(unknownDevice(id), OperatorRoutes::shown));
    }

    private static Supplier<Problem> unknownDevice(String id) {
        return () -> Problem.notFound("device", id, "the id of a device that is registered");
    }

    private static ApiResponse shown(Device device) {
        return Replies.object(200, json -> RegistryViews.device(json, device));
    }

    private void removeDevice(Call call) {
        String id = name(call, "device");
        operations.removeDevice(id, call.actor(), call.then(unknownDevice(id), OperatorRoutes::shown));
    }

    private void setDeviceState(Call call) {
        String id = name(call, "device");
        StateBody state = new StateBody();
        read(call, STATE_FIELDS, body -> name -> {
            switch (name) {
                case "state" -> state.state = body.parsed(name, OperatorRoutes::operatorState);
                case "reason" -> state.reason = text(body, name);
                default -> state.until = body.parsed(name, this::future);
            }
        });
        if (state.state == null) {
            throw new ProblemException(
                    Problem.invalid(Fault.of("state", "", Fault.MISSING_FIELD, "online | offline | maintenance")));
        }
        if (state.state == DeviceState.ONLINE && state.until != null) {
            throw new ProblemException(Problem.invalid(Fault.of(
                    "until", state.until.toString(), Fault.CONFLICT, "nothing: online is until something happens")));
        }
        StateChange change = new StateChange(state.state, state.reason, state.until);
        operations.setDeviceState(id, change, call.actor(), call.then(unknownDevice(id), OperatorRoutes::shown));
    }

    private static final class StateBody {
        @Nullable
        DeviceState state;

        String reason = "";

        @Nullable
        Instant until;
    }

    private static DeviceState operatorState(String text) {
        return switch (text) {
            case "online" -> DeviceState.ONLINE;
            case "offline" -> DeviceState.OFFLINE;
            case "maintenance" -> DeviceState.MAINTENANCE;
            default -> throw new IllegalArgumentException("state (expected: online | offline | maintenance)");
        };
    }

    private Instant future(String text) {
        Instant until = TimeText.instant(text, clock.now().plus(Duration.ofDays(366)));
        if (!until.isAfter(clock.now())) {
            throw new IllegalArgumentException("until (expected: a time to come)");
        }
        return until;
    }

    private void hosts(Call call) {
        operations.hosts(call.then(rules -> Replies.object(200, json -> RegistryViews.hosts(json, rules))));
    }

    private void putHost(Call call) {
        String host = host(call);
        HostBody rule = new HostBody();
        read(call, HOST_FIELDS, body -> name -> {
            switch (name) {
                case "tenant" -> rule.tenant = optionalName(body, name);
                case "groups" -> rule.groups = body.strings(name, MAX_NAMES, text -> Device.requireName(name, text));
                case "keyTemplate" -> rule.keyTemplate = keyTemplate(body, name);
                case "variants" -> rule.variants = body.strings(name, MAX_VARIANTS, HeaderLine::require);
                default -> rule.schemes = body.strings(name, 2, OperatorRoutes::scheme);
            }
        });
        AccessView access = door.access();
        String taken = rule.tenant.isEmpty() || access == null ? null : access.overlapping(host, rule.tenant);
        if (taken != null) {
            throw new ProblemException(TenantRoutes.taken(
                    List.of(Fault.of("tenant", rule.tenant, Fault.CONFLICT, "no host of another tenant: " + taken))));
        }
        operations.putHost(
                new HostRule(host, rule.tenant, rule.groups, rule.keyTemplate, rule.variants, rule.schemes),
                call.actor(),
                call.then(OperatorRoutes::shown));
    }

    private static String keyTemplate(BodyReader body, String name) {
        String template = body.parsed(name, value -> {
            KeyForms.require(value);
            return value;
        });
        return template == null ? "" : template;
    }

    private static final class HostBody {
        String tenant = "";
        List<String> groups = List.of();
        String keyTemplate = "";
        List<String> variants = List.of();
        List<String> schemes = List.of();
    }

    private static ApiResponse shown(HostRule rule) {
        return Replies.object(200, json -> RegistryViews.host(json, rule));
    }

    private static String scheme(String text) {
        if (!text.equals("http") && !text.equals("https")) {
            throw new IllegalArgumentException("schemes (expected: http | https)");
        }
        return text;
    }

    private void removeHost(Call call) {
        String host = host(call);
        Supplier<Problem> unknown = () -> Problem.notFound("host", host, "a host that has a rule");
        operations.removeHost(host, call.actor(), call.then(unknown, OperatorRoutes::shown));
    }

    private void pauses(Call call) {
        operations.pauses(call.then(OperatorRoutes::shown));
    }

    private void pause(Call call) {
        operations.pause(pauseRule(call), call.actor(), call.then(OperatorRoutes::shown));
    }

    private void resume(Call call) {
        PauseRule rule = pauseRule(call);
        String sent = new String(call.request().body(), StandardCharsets.UTF_8);
        Supplier<Problem> unknown = () -> Problem.notFound("body", sent, "a rule that pauses something now");
        operations.resume(rule, call.actor(), call.then(unknown, OperatorRoutes::shown));
    }

    private static ApiResponse shown(List<PauseRule> rules) {
        return Replies.object(200, json -> RegistryViews.pauses(json, rules));
    }

    private PauseRule pauseRule(Call call) {
        PauseBody rule = new PauseBody();
        read(call, PAUSE_FIELDS, body -> name -> {
            switch (name) {
                case "tenant" -> rule.tenant = optionalName(body, name);
                case "type" -> rule.type = body.parsed(name, text -> TaskKind.parse(name, text));
                case "group" -> rule.group = optionalName(body, name);
                default -> rule.id = body.parsed(name, TaskId::parse);
            }
        });
        return new PauseRule(rule.tenant, rule.type, rule.group, rule.id);
    }

    private static final class PauseBody {
        @Nullable
        String tenant;

        @Nullable
        TaskKind type;

        @Nullable
        String group;

        @Nullable
        TaskId id;
    }

    static ApiResponse figures(EngineOperations operations, List<Relay.Part> parts) {
        return Replies.object(200, json -> ClusterViews.stats(json, operations.stats(), operations.fleet(), parts));
    }

    private void stats(Call call) {
        call.askAll(parts -> figures(operations, parts));
    }

    private void reload(Call call) {
        operations.reload(
                call.actor(),
                call.then(
                        () -> Problem.notFound(
                                "path", call.request().path(), "an engine that has a configuration file"),
                        RegistryViews::reload));
    }

    private ApiResponse metrics() {
        return new ApiResponse(200, MetricText.TYPE, Replies.NO_STORE, MetricText.write(operations.metrics()));
    }

    private void quota(Call call) {
        String named = call.query().text("host");
        String host = named == null ? null : host(named);
        operations.quota(
                call.caller(),
                host,
                call.then(states -> Replies.object(200, json -> RegistryViews.quota(json, states))));
    }

    private void drain(Call call) {
        operations.drain(call.actor());
        call.answer(() -> Replies.object(202, json -> json.field("state").value(EngineState.DRAINING.name())));
    }

    private ApiResponse health() {
        EngineState state = operations.state();
        return Replies.object(state == EngineState.STOPPED ? 503 : 200, json -> {
            json.field("status").value(state == EngineState.STOPPED ? "stopped" : "ok");
            json.field("state").value(state.name());
        });
    }

    private ApiResponse readiness() {
        List<String> reasons = operations.unreadiness();
        Fault[] faults = reasons.stream()
                .map(reason -> Fault.of("engine", reason, Fault.NOT_NOW, "the same request after 1 s"))
                .toArray(Fault[]::new);
        String title = "This engine should get no new work";
        Supplier<ApiResponse> notReady = () -> Problem.of(503, "not-ready", title, String.join("; ", reasons), faults)
                .withHeaders("Retry-After", "1", "Cache-Control", "no-store")
                .toResponse(json -> {
                    json.field("state").value(operations.state().name());
                    TaskViews.strings(json, "reasons", reasons);
                });
        return reasons.isEmpty()
                ? Replies.object(200, json -> json.field("status").value("ready"))
                : notReady.get();
    }

    /** Reads an object and refuses it with everything that is wrong with it. */
    private void read(Call call, List<String> fields, Function<BodyReader, BodyReader.FieldHandler> handler) {
        List<Fault> faults = bodies.read(call.request(), body -> {
            body.object("", fields, handler.apply(body));
            return body.faults();
        });
        if (!faults.isEmpty()) {
            throw new ProblemException(Problem.invalid(faults));
        }
    }

    private static String text(BodyReader body, String name) {
        String text = body.parsed(name, value -> {
            if (value.length() > MAX_TEXT || value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
                throw new IllegalArgumentException(
                        name + " (expected: at most " + MAX_TEXT + " characters, none of them a control character)");
            }
            return value;
        });
        return text == null ? "" : text;
    }

    private static String optionalName(BodyReader body, String name) {
        String value = body.parsed(name, text -> Device.requireName(name, text));
        return value == null ? "" : value;
    }

    private static String name(Call call, String field) {
        try {
            return Device.requireName(field, call.variable(0));
        } catch (IllegalArgumentException refusal) {
            throw new ProblemException(Problem.invalid(Fault.refused(-1, field, call.variable(0), refusal)));
        }
    }

    private static String host(Call call) {
        return host(call.variable(0));
    }

    private static String host(String named) {
        try {
            return Target.host(named).host();
        } catch (InvalidTargetException refusal) {
            throw new ProblemException(Problem.invalid(Fault.of("host", named, refusal.code(), refusal.allowed())));
        }
    }
}
