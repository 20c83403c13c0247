// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiResponse;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every submission that must be refused, and with what. */
class RefusedTaskTest {
    private static final String URL = "\"targets\":[\"https://a.b/\"]";

    private final RestBench bench = new RestBench();

    /** Body (TARGET stands for a sound {@code targets}), then the one expected error: index, field, value, code, allowed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{};-1;targets;;missing-field;1 to 1000 targets",
                "{`targets`:[]};-1;targets;;too-few;1 to 1000 targets",
                "{`targets`:`https://a.b/`};-1;targets;https://a.b/;wrong-type;an array of targets",
                "{`targets`:null};-1;targets;null;wrong-type;an array of targets",
                "{`targets`:[1]};0;targets;1;wrong-type;a string, or an object with host and pattern",
                "{`targets`:[`https://a.b/`,`nonsense`]};1;targets;nonsense;no-scheme;a URL that starts with http:// or https://",
                "{`targets`:[`ftp://a.b/`]};0;targets;ftp://a.b/;bad-scheme;http or https",
                "{`targets`:[`https://u:p@a.b/`]};0;targets;https://u:p@a.b/;user-info;a host without user name or password",
                "{`targets`:[`https://a.b/#x`]};0;targets;https://a.b/#x;fragment;a URL without a fragment",
                "{`targets`:[`https://a.b/%2e%2E/c`]};0;targets;https://a.b/%2e%2E/c;dot-segment;a path without . and .. segments",
                "{`targets`:[`https://a.b:0/`]};0;targets;https://a.b:0/;bad-port;a port from 1 to 65535",
                "{`targets`:[`https:///x`]};0;targets;https:///x;no-host;a URL with a host",
                "{`targets`:[`https://a.b/\\r\\nX: y`]};0;targets;https://a.b/\\r\\nX: y;control-character;no spaces and no control characters",
                "{`targets`:[``]};0;targets;;empty;an absolute http or https URL",
                "{`targets`:[{`host`:`a.b`,`pattern`:`x`}]};0;targets;x;wrong-type;a string",
                "{`type`:`purge`,TARGET};-1;type;purge;bad-value;url | prefix | regex | tag | host | all | preload",
                "{`type`:1,TARGET};-1;type;1;wrong-type;a string",
                "{`type`:`prefix`,`targets`:[`https://a.b/c`]};0;targets;https://a.b/c;no-trailing-slash;a prefix that ends with /",
                "{`type`:`regex`,`targets`:[`^/x`]};0;targets;^/x;wrong-type;an object with host and pattern",
                "{`type`:`regex`,`targets`:[{`host`:`a.b`}]};0;targets;;missing-field;pattern",
                "{`type`:`regex`,`targets`:[{`host`:`a.b`,`pattern`:`(`}]};0;targets;(;bad-pattern;RE2 syntax",
                "{`type`:`regex`,`targets`:[{`host`:`a.b`,`pattern`:`x(?=y)`}]};0;targets;x(?=y);bad-pattern;RE2 syntax",
                "{`type`:`regex`,`targets`:[{`host`:`*.b`,`pattern`:`x`}]};0;targets;*.b x;bad-host;labels of 1 to 63 letters, digits, - and _, at most 253 characters in all",
                "{`type`:`regex`,`targets`:[{`host`:`a.b`,`pattern`:`x`,`p`:1}]};-1;targets[0].p;1;unknown-field;host, pattern",
                "{`type`:`tag`,`targets`:[`t`]};-1;hosts;;missing-field;the hosts whose objects carry the tags",
                "{`type`:`tag`,`targets`:[`t`],`hosts`:[]};-1;hosts;;too-few;the hosts whose objects carry the tags",
                "{`type`:`tag`,`targets`:[`a b`],`hosts`:[`a.b`]};0;targets;a b;bad-tag;printable ASCII without spaces",
                "{`type`:`tag`,`targets`:[`t`],`hosts`:[3]};0;hosts;3;wrong-type;a string",
                "{`type`:`host`,`targets`:[`a.b/c`]};0;targets;a.b/c;bad-host;labels of 1 to 63 letters, digits, - and _, at most 253 characters in all",
                "{`type`:`all`};-1;confirm;;missing-field;`all`, since this empties every host on every device",
                "{`type`:`all`,`confirm`:`yes`};-1;confirm;yes;bad-value;`all`, since this empties every host on every device",
                "{`type`:`all`,`confirm`:`all`,TARGET};-1;targets;;not-with-this-type;no targets with type all",
                "{TARGET,`confirm`:`all`};-1;confirm;;not-with-this-type;only with type all",
                "{TARGET,`hosts`:[`a.b`]};-1;hosts;;not-with-this-type;only with type tag",
                "{TARGET,`headers`:[`A: b`]};-1;headers;;not-with-this-type;only with type preload",
                "{`type`:`preload`,`query`:`ignore`,TARGET};-1;query;;not-with-this-type;ignore only with type url",
                "{`type`:`preload`,`headers`:[`Host: x`],TARGET};0;headers;Host: x;bad-value;none that concerns connection, framing or freshness",
                "{`type`:`preload`,`headers`:[`A: b\\nC: d`],TARGET};0;headers;A: b\\nC: d;bad-value;\\Name: value\\ in printable ASCII",
                "{TARGET,`mode`:`harsh`};-1;mode;harsh;bad-value;hard | soft",
                "{TARGET,`verify`:true};-1;verify;true;wrong-type;a string",
                "{TARGET,`query`:`none`};-1;query;none;bad-value;exact | ignore",
                "{TARGET,`priority`:`high`};-1;priority;high;bad-value;urgent | normal | bulk",
                "{TARGET,`spread`:`10m`};-1;spread;600000ms;bad-value;less than the deadline, 600000ms",
                "{TARGET,`spread`:`1`};-1;spread;1;bad-value;a number and ms, s, m or h, such as 10m, 0s to 24h",
                "{TARGET,`deadline`:`25h`};-1;deadline;25h;bad-value;a number and ms, s, m or h, such as 10m, 1s to 24h",
                "{TARGET,`deadline`:`999ms`};-1;deadline;999ms;bad-value;a number and ms, s, m or h, such as 10m, 1s to 24h",
                "{TARGET,`deadline`:600};-1;deadline;600;wrong-type;a string",
                "{TARGET,`after`:`x`};-1;after;x;bad-value;1 to 19 digits",
                "{TARGET,`after`:12};-1;after;12;wrong-type;a string",
                "{TARGET,`afterOn`:`failed`};-1;afterOn;failed;bad-value;done | final",
                "{TARGET,`callback`:`mailto:x`};-1;callback;mailto:x;bad-value;a URL that starts with http:// or https://",
                "{TARGET,`labels`:[]};-1;labels;[…];wrong-type;an object of strings",
                "{TARGET,`labels`:{`a`:1}};-1;labels.a;1;wrong-type;a string",
                "{TARGET,`partial`:`true`};-1;partial;true;wrong-type;true or false",
                "{TARGET,`dryRun`:0};-1;dryRun;0;wrong-type;true or false",
                "{TARGET,`scope`:`some`};-1;scope;some;bad-value;`all` or an object of groups, tiers, devices, exclude",
                "{TARGET,`scope`:[]};-1;scope;[…];wrong-type;an object",
                "{TARGET,`scope`:{`tiers`:[`middle`]}};0;scope.tiers;middle;bad-value;parent | edge",
                "{TARGET,`scope`:{`groups`:[`a b`]}};0;scope.groups;a b;bad-value;1 to 128 of letters, digits and . _ : -",
                "{TARGET,`scope`:{`group`:[]}};-1;scope.group;[…];unknown-field;groups, tiers, devices, exclude",
                "{TARGET,TARGET};-1;targets;[…];duplicate-field;each field once",
                "[];-1;body;[…];wrong-type;an object",
            })
    void submit_oneFault_namesIt(String body, int index, String field, String value, String code, String allowed) {
        ApiResponse answer = bench.submit(body.replace('`', '"').replace("TARGET", URL));

        String expected = "\"errors\":[{" + (index < 0 ? "" : "\"index\":" + index + ",")
                + "\"field\":\"" + text(field) + "\",\"value\":\"" + text(value) + "\",\"code\":\"" + code
                + "\",\"allowed\":\"" + text(allowed) + "\"}]}";
        assertThat(RestBench.text(answer))
                .endsWith(expected)
                .startsWith("{\"type\":\"urn:cdnrefresh:problem:invalid-request\"");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(bench.operations.asked).isEmpty();
    }

    private static String text(@Nullable String column) {
        return column == null
                ? ""
                : column.replace("\\Name: value\\", "\\\"Name: value\\\"").replace("`", "\\\"");
    }

    @Test
    void submit_manyFaults_listsAllWithFieldsFirst() {
        ApiResponse answer = bench.submit(
                "{\"colour\":\"red\",\"mode\":\"x\",\"targets\":[\"https://a.b/\",\"x\",\"https://a.b/#y\",[]]}");

        assertThat(RestBench.text(answer))
                .isEqualTo(
                        "{\"type\":\"urn:cdnrefresh:problem:invalid-request\",\"title\":\"The request is not valid\","
                                + "\"status\":400,\"detail\":\"colour: unknown-field, expected: type, tenant, targets, hosts, mode,"
                                + " scope, verify, query, priority, spread, after, afterOn, notBefore, deadline, callback, labels,"
                                + " headers, variants, ranges, depth, followHosts, redirects, placement, rate, partial, dryRun,"
                                + " confirm and 4 more\",\"errors\":["
                                + "{\"field\":\"colour\",\"value\":\"red\",\"code\":\"unknown-field\",\"allowed\":\"type, tenant,"
                                + " targets, hosts, mode, scope, verify, query, priority, spread, after, afterOn, notBefore,"
                                + " deadline, callback, labels, headers, variants, ranges, depth, followHosts, redirects,"
                                + " placement, rate, partial, dryRun, confirm\"},"
                                + "{\"field\":\"mode\",\"value\":\"x\",\"code\":\"bad-value\",\"allowed\":\"hard | soft\"},"
                                + "{\"index\":1,\"field\":\"targets\",\"value\":\"x\",\"code\":\"no-scheme\","
                                + "\"allowed\":\"a URL that starts with http:// or https://\"},"
                                + "{\"index\":2,\"field\":\"targets\",\"value\":\"https://a.b/#y\",\"code\":\"fragment\","
                                + "\"allowed\":\"a URL without a fragment\"},"
                                + "{\"index\":3,\"field\":\"targets\",\"value\":\"[…]\",\"code\":\"wrong-type\","
                                + "\"allowed\":\"a string, or an object with host and pattern\"}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"targets\":}", "{'a':1}", "{} x", "{\"targets\":[\"\u0001\"]}", "\ud800"})
    void submit_noJson_tellsTheByte(String body) {
        ApiResponse answer = bench.submit(body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer))
                .contains(":malformed-json\"")
                .contains("expected: one JSON object")
                .contains("\"errors\":[{\"field\":\"body\",\"value\":\"" + (body.isEmpty() ? "" : "byte "))
                .contains("\"code\":\"malformed\",\"allowed\":\"one JSON object");
    }

    @Test
    void submit_badBytes_areNoJson() {
        byte[] body = "{\"targets\":[\"https://a.b/__\"]}".getBytes(StandardCharsets.US_ASCII);
        body[25] = (byte) 0xc0;
        body[26] = (byte) 0xaf;

        ApiResponse answer = bench.call("POST", "/v1/engine/task", body);

        assertThat(RestBench.text(answer))
                .contains(":malformed-json\"")
                .contains("\"value\":\"byte 25: {\\\"targets\\\":[\\\"https://a.b/??\\\"]}\"");
    }

    @Test
    void submit_tooManyTargets_countsThem() {
        assertThat(RestBench.text(bench.submit("{\"targets\":[" + "\"x\",".repeat(4_999) + "\"x\"]}")))
                .endsWith("\"errors\":[{\"field\":\"targets\",\"value\":\"5000\",\"code\":\"too-many\","
                        + "\"allowed\":\"1 to 1000 targets\"}]}");
        assertThat(RestBench.text(
                        bench.submit("{\"targets\":[" + "\"a.b/\",".repeat(100) + "\"a.b/\"],\"type\":\"prefix\"}")))
                .endsWith("\"errors\":[{\"field\":\"targets\",\"value\":\"101\",\"code\":\"too-many\","
                        + "\"allowed\":\"1 to 100 targets\"}]}");
        assertThat(RestBench.text(bench.submit("{\"type\":\"tag\",\"hosts\":[" + "\"a.b\",".repeat(20)
                        + "\"a.b\"],\"targets\":[" + "\"t\",".repeat(49) + "\"t\"]}")))
                .contains("tags times hosts at most 1000");
    }

    @Test
    void submit_longTarget_isShownCut() {
        ApiResponse answer = bench.submit("{\"targets\":[\"https://a.b/" + "\u00e9".repeat(5_000) + "\"]}");

        assertThat(RestBench.text(answer))
                .endsWith("\"value\":\"https://a.b/" + "\u00e9".repeat(58)
                        + "\",\"code\":\"too-long\",\"allowed\":\"at most 8192 bytes\"}]}");
    }

    @Test
    void submit_thousandsOfUnknownFields_answersSmall() {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; i < 50_000; i++) {
            body.append("\"f").append(i).append("\":1,");
        }

        ApiResponse answer = bench.submit(body + URL + "}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().length).isLessThan(40_000);
    }

    @Test
    void submit_largeBody_is413() {
        ApiResponse answer = bench.submit("{\"targets\":[\"" + "x".repeat(1 << 20) + "\"]}");

        assertThat(answer.status()).isEqualTo(413);
        assertThat(RestBench.text(answer)).contains("at most 1048576 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "application/json; charset=latin1",
                "application/xml"
            })
    void submit_otherMediaType_is415(String type) {
        ApiResponse answer = bench.submit("{" + URL + "}", "Content-Type", type);

        assertThat(answer.status()).isEqualTo(415);
        assertThat(RestBench.text(answer)).contains("\"field\":\"Content-Type\",\"value\":\"" + type + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "\u00e9"})
    void submit_badIdempotencyKey_is400(String key) {
        ApiResponse answer = bench.submit("{" + URL + "}", "Idempotency-Key", key);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer)).contains("\"field\":\"Idempotency-Key\",\"value\":\"" + key + "\"");
    }

    @Test
    void submit_pathologicalPattern_isRefusedWithoutCompiling() {
        ApiResponse answer = bench.submit(
                "{\"type\":\"regex\",\"targets\":[{\"host\":\"a.b\",\"pattern\":\"(((a{1000}){1000}){1000}){1000}\"}]}");

        assertThat(RestBench.text(answer)).contains("\"code\":\"bad-pattern\"").contains("10000 instructions");
    }

    @ParameterizedTest
    @CsvSource({"9999-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "+1000000000-12-31T23:59:59Z", "tomorrow", "2026-11-22"
    })
    void submit_badNotBefore_is400(String time) {
        ApiResponse answer = bench.submit("{" + URL + ",\"notBefore\":\"" + time + "\"}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer))
                .contains("\"field\":\"notBefore\",\"value\":\"" + time + "\",\"code\":\"bad-value\"");
    }
}
