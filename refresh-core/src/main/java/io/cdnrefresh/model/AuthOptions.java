// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * How callers of the API are known. Immutable; its text form hides the secrets.
 *
 * @param needsKeys refuse everybody while the registry has no key; false = without keys everybody is the local admin
 * @param signingSecret what the signing secrets of keys are derived from, the same on all engines; empty = keys have none
 * @param peerSecret by which engines know each other's calls, the same on all engines; empty = none
 */
public record AuthOptions(boolean needsKeys, String signingSecret, String peerSecret) {
    /** Without keys everybody is the local admin; no secrets. */
    public static final AuthOptions DEFAULTS = new AuthOptions(false, "", "");

    @Override
    public String toString() {
        return "AuthOptions[needsKeys=" + needsKeys + ", signingSecret=" + (signingSecret.isEmpty() ? "none" : "***")
                + ", peerSecret=" + (peerSecret.isEmpty() ? "none" : "***") + "]";
    }
}
