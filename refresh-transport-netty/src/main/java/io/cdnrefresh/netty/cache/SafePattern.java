// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

/**
 * Which patterns may be sent to a cache that matches by backtracking (PCRE). There a legal pattern can take exponential
 * time or kill the server, so the cost is bounded by what the pattern looks like: no repeated groups, and for a URL of n
 * bytes at most n² steps times a small number of alternatives. What is let through means the same in RE2 and PCRE.
 *
 * <p>Stateless; one reader per pattern.
 */
public final class SafePattern {
    private static final int MAX_LENGTH = 256;
    private static final int MAX_REPEAT = 64;
    private static final int MAX_DEGREE = 2;
    private static final int MAX_CHOICES = 16;
    private static final int MAX_CHOICES_LINEAR = 1_024;
    private static final String ESCAPABLE = "\\.+*?()[]{}|^$-/&=%_~,;:!@#'\"<> ";

    private final String text;
    private int at;
    private int depth;
    /** Quantifiers without a small bound. */
    private int repeats;

    private boolean isAnchored = true;

    private long choices = 1;

    private SafePattern(String text) {
        this.text = text;
    }

    /** Why a pattern is not let through; empty if it is. */
    public static String fault(String pattern) {
        if (pattern.isEmpty() || pattern.length() > MAX_LENGTH) {
            return "1 to " + MAX_LENGTH + " characters";
        }
        for (int i = 0; i < pattern.length(); i++) {
            if (pattern.charAt(i) <= ' ' || pattern.charAt(i) > '~') {
                return "printable ASCII without spaces";
            }
        }
        return new SafePattern(pattern).read();
    }

    /** A pattern that matches this text only. */
    public static String quote(String literal) {
        StringBuilder quoted = new StringBuilder(literal.length() + 16);
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if ("\\.+*?()[]{}|^$".indexOf(c) >= 0) {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.toString();
    }

    private String read() {
        isAnchored = text.startsWith("^");
        String fault = alternatives();
        if (fault.isEmpty() && at < text.length()) {
            return "unbalanced )";
        }
        if (!fault.isEmpty()) {
            return fault;
        }
        int degree = repeats + (isAnchored ? 0 : 1);
        if (degree > MAX_DEGREE) {
            return "too many repetitions: at most one, or two after ^";
        }
        return choices > (degree == MAX_DEGREE ? MAX_CHOICES : MAX_CHOICES_LINEAR) ? "too many alternatives" : "";
    }

    /** Reads up to the end or the group's {@code )}. */
    private String alternatives() {
        int branches = 1;
        while (at < text.length() && text.charAt(at) != ')') {
            char c = text.charAt(at);
            String fault;
            if (c == '|') {
                branches++;
                at++;
                isAnchored &= depth > 0 || text.startsWith("^", at);
                fault = "";
            } else if (c == '^' || c == '$') {
                at++;
                fault = atQuantifier() ? "a repeated anchor" : "";
            } else if (c == '(') {
                fault = group();
            } else {
                fault = single(c);
            }
            if (!fault.isEmpty()) {
                return fault;
            }
        }
        choices *= branches;
        return choices > MAX_CHOICES_LINEAR ? "too many alternatives" : "";
    }

    private String group() {
        at++;
        if (text.startsWith("?", at)) {
            if (!text.startsWith("?:", at)) {
                return "(? other than (?:";
            }
            at += 2;
        }
        depth++;
        String fault = alternatives();
        depth--;
        if (!fault.isEmpty()) {
            return fault;
        }
        if (at >= text.length()) {
            return "unbalanced (";
        }
        at++;
        if (text.startsWith("?", at)) {
            at++;
            choices *= 2;
        }
        return atQuantifier() ? "a repeated group" : "";
    }

    private String single(char c) {
        if (c == '[') {
            String fault = characterClass();
            if (!fault.isEmpty()) {
                return fault;
            }
        } else if (c == '\\') {
            if (at + 1 >= text.length() || "dDwW".indexOf(text.charAt(at + 1)) < 0 && !isEscapable(at + 1)) {
                return "an escape other than of punctuation, \\d and \\w";
            }
            at += 2;
        } else if ("*+?{}]".indexOf(c) >= 0) {
            return c + " after nothing";
        } else {
            at++;
        }
        return quantifier();
    }

    private boolean isEscapable(int index) {
        return ESCAPABLE.indexOf(text.charAt(index)) >= 0;
    }

    private String characterClass() {
        int i = at + 1;
        if (text.startsWith("^", i)) {
            i++;
        }
        for (int start = i; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ']' && i > start) {
                at = i + 1;
                return "";
            }
            boolean isEscape = c == '\\' && i + 1 < text.length();
            if (c == '['
                    || c == ']'
                    || c == '\\' && !(isEscape && ("dDwW".indexOf(text.charAt(i + 1)) >= 0 || isEscapable(i + 1)))) {
                return "a class that two languages read differently";
            }
            i += isEscape ? 1 : 0;
        }
        return "unbalanced [";
    }

    private boolean atQuantifier() {
        return at < text.length() && "*+?{".indexOf(text.charAt(at)) >= 0;
    }

    private String quantifier() {
        if (!atQuantifier()) {
            return "";
        }
        char c = text.charAt(at);
        if (c == '{') {
            int end = text.indexOf('}', at);
            String range = end < 0 ? "" : text.substring(at + 1, end);
            if (!range.matches("[0-9]{1,2}(,[0-9]{0,2})?")
                    || Integer.parseInt(range.replaceFirst(",.*", "")) > MAX_REPEAT) {
                return "a count other than {n}, {n,}, {n,m} of at most " + MAX_REPEAT;
            }
            repeats += range.indexOf(',') >= 0 ? 1 : 0;
            at = end + 1;
        } else {
            repeats += c == '?' ? 0 : 1;
            choices *= c == '?' ? 2 : 1;
            at++;
        }
        if (text.startsWith("?", at)) {
            at++; // lazy: the same set of matches
        }
        return atQuantifier() ? "a repeated repetition" : choices > MAX_CHOICES_LINEAR ? "too many alternatives" : "";
    }
}
