// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds a path that a pattern matches and that no real object has. Only for patterns that {@link SafePattern} lets through. */
final class PatternExample {
    private final String text;
    private String filler;
    private int at;

    private PatternExample(String text, String filler) {
        this.text = text;
        this.filler = filler;
    }

    /**
     * A path that matches and has the name in it; empty if there is none.
     *
     * @param name letters and digits
     */
    static String of(String pattern, String name) {
        Pattern compiled = Pattern.compile(pattern);
        for (String branch : branches(pattern)) {
            String plain = new PatternExample(branch, "").alternatives();
            for (String path : List.of(
                    "/" + name + plain,
                    "/" + name + "/" + plain,
                    plain + name,
                    "/" + plain + name,
                    new PatternExample(branch, name).alternatives(),
                    "/" + new PatternExample(branch, name).alternatives())) {
                boolean isLegal = path.startsWith("/")
                        && path.contains(name)
                        && path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#' && c != '\\');
                if (isLegal && compiled.matcher(path).find()) {
                    return path;
                }
            }
        }
        return "";
    }

    /** The alternatives of a pattern; empty if one has {@code ^} elsewhere than at its beginning. */
    static List<String> branches(String pattern) {
        List<String> branches = new ArrayList<>();
        int depth = 0;
        int start = 0;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == '[') {
                i = endOfClass(pattern, i);
            } else if (c == '^' && i > start) {
                return List.of();
            } else if (c == '|' && depth == 0) {
                branches.add(pattern.substring(start, i));
                start = i + 1;
            } else {
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            }
        }
        branches.add(pattern.substring(start));
        return branches;
    }

    private static int endOfClass(String pattern, int open) {
        int i = open + (pattern.startsWith("[^", open) ? 3 : 2);
        while (pattern.charAt(i) != ']') {
            i += pattern.charAt(i) == '\\' ? 2 : 1;
        }
        return i;
    }

    /** Reads to the end, or the end of the group; gives an example of the first alternative. */
    private String alternatives() {
        StringBuilder first = new StringBuilder();
        boolean isFirst = true;
        while (at < text.length() && text.charAt(at) != ')') {
            char c = text.charAt(at);
            if (c == '|') {
                isFirst = false;
                at++;
            } else if (c == '^' || c == '$') {
                at++;
            } else {
                String part = c == '(' ? group() : single();
                first.append(isFirst ? part : "");
            }
        }
        return first.toString();
    }

    private String group() {
        at += text.startsWith("(?:", at) ? 3 : 1;
        String inner = alternatives();
        at++;
        if (text.startsWith("?", at)) {
            at += text.startsWith("??", at) ? 2 : 1;
        }
        return inner;
    }

    private String single() {
        int start = at;
        char c = text.charAt(at);
        at = c == '[' ? endOfClass(text, at) + 1 : at + (c == '\\' ? 2 : 1);
        String atom = text.substring(start, at);
        String one = member(atom);
        int times = 1;
        boolean isOpen = false;
        if (at < text.length() && "*+?".indexOf(text.charAt(at)) >= 0) {
            isOpen = text.charAt(at) != '?';
            times = text.charAt(at) == '+' ? 1 : 0;
            at++;
        } else if (text.startsWith("{", at)) {
            int end = text.indexOf('}', at);
            times = Integer.parseInt(text.substring(at + 1, end).replaceFirst(",.*", ""));
            isOpen = text.charAt(end - 1) == ',';
            at = end + 1;
        }
        if (text.startsWith("?", at)) {
            at++;
        }
        if (isOpen && !filler.isEmpty() && filler.matches("(?:" + atom + ")*")) {
            String name = filler;
            filler = "";
            return one.repeat(times) + name;
        }
        return one.repeat(times);
    }

    private static String member(String atom) {
        if (atom.length() == 1 && !atom.equals(".")) {
            return atom;
        }
        for (char c = 'a'; c <= '~'; c++) {
            if (Character.toString(c).matches(atom)) {
                return Character.toString(c);
            }
        }
        for (char c = '!'; c < 'a'; c++) {
            if (Character.toString(c).matches(atom)) {
                return Character.toString(c);
            }
        }
        return "";
    }
}
