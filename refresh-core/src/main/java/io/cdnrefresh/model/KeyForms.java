// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The forms of a URL under which its copies may be kept, as the {@code keyTemplate} of a {@link HostRule} lists them:
 * words divided by spaces, each one form.
 *
 * <pre>
 * {uri}       path and query as received
 * {decoded}   %7E becomes ~, and so with all that needs no escape
 * {encoded}   ~ becomes %7E
 * {sorted}    the parameters of the query in alphabetical order
 * {slash}     with a slash at the end of the path if it has none, else without
 * {path}      without the query
 * {a|b}       first a, then b with the result
 * </pre>
 *
 * <p>{@code {slice}} says that the server cuts objects into ranges with a key for each: how many there are cannot be known,
 * so such objects cannot be purged by URL. Stateless.
 */
public final class KeyForms {
    /** The most forms of one URL. */
    public static final int MAX_FORMS = 16;

    private static final Set<String> STEPS = Set.of("uri", "decoded", "encoded", "sorted", "slash", "path", "slice");

    private KeyForms() {}

    /**
     * Checks a template.
     *
     * @throws IllegalArgumentException if it has a word that is no form, or too many
     */
    public static void require(String template) {
        List<String> words = words(template);
        boolean isKnown = words.stream()
                .allMatch(word -> word.startsWith("{") && word.endsWith("}") && STEPS.containsAll(steps(word)));
        if (words.size() > MAX_FORMS || !isKnown) {
            throw new IllegalArgumentException("keyTemplate (expected: up to " + MAX_FORMS
                    + " of {uri} {decoded} {encoded} {sorted} {slash} {path} {slice}, or several as {decoded|sorted})");
        }
    }

    /** Why the keys of a template cannot be listed; empty if they can. */
    public static String unlistable(String template) {
        return template.contains("slice") ? "slices of an object cannot be listed" : "";
    }

    /** The forms of a path and query, each once; the path itself if the template is empty. */
    public static List<String> of(String template, String path) {
        Set<String> forms = new LinkedHashSet<>();
        for (String word : words(template)) {
            String form = path;
            for (String step : steps(word)) {
                form = apply(step, form);
            }
            forms.add(form);
        }
        return forms.isEmpty() ? List.of(path) : List.copyOf(forms);
    }

    private static List<String> words(String template) {
        return Arrays.stream(template.split(" +", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static List<String> steps(String word) {
        return List.of(word.replace("{", "").replace("}", "").split("\\|", -1));
    }

    private static String apply(String step, String form) {
        int query = form.indexOf('?');
        String path = query < 0 ? form : form.substring(0, query);
        String rest = query < 0 ? "" : form.substring(query);
        return switch (step) {
            case "decoded" -> UrlReader.decodeUnreserved(form);
            case "encoded" -> form.replace("~", "%7E");
            case "sorted" -> rest.isEmpty() ? form : path + "?" + sorted(rest.substring(1));
            case "slash" -> !path.endsWith("/") ? path + "/" + rest : path.length() == 1 ? form : shorter(path) + rest;
            case "path" -> path;
            default -> form;
        };
    }

    private static String shorter(String path) {
        return path.substring(0, path.length() - 1);
    }

    private static String sorted(String query) {
        List<String> parameters = new ArrayList<>(List.of(query.split("&", -1)));
        parameters.sort(null);
        return String.join("&", parameters);
    }
}
