// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

/** A script for a page: which of its texts are hard to read. */
final class PageContrast {
    /** Texts with a contrast below that of WCAG AA, with their colours. */
    static final String WEAK = """
        (() => {
          const parse = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
          const ground = node => {
            for (let at = node; at; at = at.parentElement) {
              const colour = parse(getComputedStyle(at).backgroundColor);
              if (colour.length === 3 || colour[3] === 1) return colour;
            }
            return [255, 255, 255];
          };
          const weak = new Set();
          for (const node of document.querySelectorAll('body *')) {
            const text = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
            if (!text || !node.offsetParent || node.disabled || node.matches('option')) continue;
            const style = getComputedStyle(node);
            const [one, other] = [light(parse(style.color)), light(ground(node))];
            const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) weak.add(`${node.className} ${style.color} on ${ground(node)} ${ratio.toFixed(2)}`);
          }
          return [...weak];
        })()
        """;

    private PageContrast() {}
}
