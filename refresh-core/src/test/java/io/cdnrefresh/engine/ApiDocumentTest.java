// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.codec.JsonReader;
import io.cdnrefresh.codec.JsonReader.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The description of the API against the API. */
class ApiDocumentTest {
    private final RestBench bench = new RestBench();
    private final Map<?, ?> document = read(bench.get("/openapi.json").body());

    private static Map<?, ?> read(byte[] text) {
        JsonReader reader = new JsonReader();
        assertThat(reader.open(text)).isEqualTo(JsonGuard.SOUND);
        return (Map<?, ?>) value(reader);
    }

    private static Object value(JsonReader reader) {
        if (reader.kind() == Kind.OBJECT) {
            Map<String, Object> object = new LinkedHashMap<>();
            for (String name = reader.nextField(); name != null; name = reader.nextField()) {
                assertThat(object.put(name, value(reader))).as(name).isNull();
            }
            return object;
        }
        if (reader.kind() == Kind.ARRAY) {
            List<Object> array = new ArrayList<>();
            while (reader.nextElement()) {
                array.add(value(reader));
            }
            return array;
        }
        if (reader.kind() == Kind.STRING) {
            return reader.string();
        }
        reader.skip();
        return "";
    }

    private static Map<?, ?> map(Map<?, ?> from, String name) {
        Object found = from.get(name);
        assertThat(found).as(name).isInstanceOf(Map.class);
        return found instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<?> list(Map<?, ?> from, String name) {
        return from.get(name) instanceof List<?> list ? list : List.of();
    }

    @Test
    void document_isOpenApi31() {
        assertThat(document.get("openapi")).isEqualTo("3.1.0");
    }

    /** The proxies' routes are in front of this API: their transport tests them. */
    @Test
    void routes_areAllInTheDocument_andNoOthers() {
        Set<String> documented = new TreeSet<>();
        map(document, "paths").forEach((path, methods) -> {
            if (!path.toString().startsWith("/v1/proxy/")) {
                ((Map<?, ?>) methods)
                        .forEach((method, operation) ->
                                documented.add(method.toString().toUpperCase(java.util.Locale.ROOT) + " " + path
                                        + query((Map<?, ?>) operation)));
            }
        });
        Set<String> routes = new TreeSet<>(new Rester(
                        bench.operations,
                        bench.limits,
                        bench.clock,
                        "1.2.3",
                        bench.background,
                        bench.requests,
                        RestBench.ALONE,
                        bench.access)
                .routes());
        assertThat(documented).isEqualTo(routes);
    }

    private static String query(Map<?, ?> operation) {
        List<String> names = new ArrayList<>();
        for (Object parameter : list(operation, "parameters")) {
            if ("query".equals(((Map<?, ?>) parameter).get("in"))) {
                names.add(String.valueOf(((Map<?, ?>) parameter).get("name")));
            }
        }
        return names.isEmpty() ? "" : "?" + String.join("&", names);
    }

    @Test
    void variablesOfPaths_areDescribed() {
        map(document, "paths")
                .forEach((path, methods) -> ((Map<?, ?>) methods).forEach((method, operation) -> {
                    Set<String> described = new TreeSet<>();
                    for (Object parameter : list((Map<?, ?>) operation, "parameters")) {
                        if ("path".equals(((Map<?, ?>) parameter).get("in"))) {
                            described.add("{" + ((Map<?, ?>) parameter).get("name") + "}");
                        }
                    }
                    Set<String> open = new TreeSet<>();
                    for (String segment : path.toString().split("/", -1)) {
                        if (segment.startsWith("{")) {
                            open.add(segment);
                        }
                    }
                    assertThat(described).as("%s %s", method, path).isEqualTo(open);
                }));
    }

    @Test
    void fieldsOfATask_areThoseThatAreRead() {
        Map<?, ?> task = map(map(map(document, "components"), "schemas"), "Task");
        assertThat(new TreeSet<>(map(task, "properties").keySet())).isEqualTo(new TreeSet<Object>(TaskBody.FIELDS));
    }

    @Test
    void references_leadSomewhere() {
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references).isNotEmpty();
        for (String reference : references) {
            String[] steps = reference.split("/", -1);
            assertThat(map(map(document, steps[1]), steps[2]).get(steps[3]))
                    .as(reference)
                    .isNotNull();
        }
    }

    private static void collect(Object node, List<String> references) {
        if (node instanceof Map<?, ?> object) {
            object.forEach((name, child) -> {
                if (name.equals("$ref")) {
                    references.add(child.toString());
                }
                collect(child, references);
            });
        } else if (node instanceof List<?> array) {
            array.forEach(child -> collect(child, references));
        }
    }
}
