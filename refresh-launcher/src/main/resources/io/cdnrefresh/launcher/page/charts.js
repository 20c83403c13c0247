// Lines over the last minutes, drawn as SVG. A chart keeps at most POINTS values of each line.

import { el, svg, say } from "./dom.js";

const POINTS = 300;
const LEAST = 60;
const HEIGHT = 168;
const PAD = { top: 10, right: 8, bottom: 20, left: 44 };

const nice = (top) => {
  if (top <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 4, 5, 10].map((step) => step * unit).find((step) => step >= top);
};

/** One chart of several lines: `lines` are `{label, tone}`; with `isLog` a step up the axis is ten times as much. */
export class Chart {
  constructor(title, lines, format, isLog = false) {
    this.lines = lines;
    this.isLog = isLog;
    this.format = format;
    this.times = [];
    this.values = lines.map(() => []);
    this.width = 0;
    this.paths = lines.map(({ tone }) => svg("path", { class: `line tone-${tone}` }));
    this.area = svg("path", { class: `area tone-${lines[0].tone}` });
    this.grid = [0, 1, 2].map(() => svg("line", { class: "grid" }));
    this.marks = [0, 1, 2].map(() => svg("text", { class: "mark", "text-anchor": "end" }));
    this.spans = ["5 min ago", "now"].map((text, at) => svg("text", { class: "mark", "text-anchor": at ? "end" : "start", text }));
    this.cursor = svg("line", { class: "cursor", visibility: "hidden" });
    this.canvas = svg("svg", { role: "img", height: HEIGHT }, this.area, this.grid, this.marks, this.spans, this.paths, this.cursor);
    this.tip = el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.figures = lines.map(() => el("b", { text: "–" }));
    const legend = el("ul", { class: "legend" }, lines.map(({ label, tone }, at) =>
      el("li", {}, el("i", { class: `tone-${tone}` }), `${label} `, this.figures[at])));
    this.root = el("section", { class: "card chart" }, el("div", { class: "card-head" }, el("h2", { text: title }), legend),
      el("div", { class: "plot" }, this.canvas, this.tip));
    this.title = title;
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.unpoint());
    this.observer = new ResizeObserver(([entry]) => {
      this.width = Math.max(120, Math.round(entry.contentRect.width));
      this.draw();
    });
    this.observer.observe(this.canvas.parentElement);
  }

  /** One more value of each line. */
  push(time, values) {
    this.times.push(time);
    values.forEach((value, at) => this.values[at].push(value));
    if (this.times.length > POINTS) {
      this.times.shift();
      this.values.forEach((line) => line.shift());
    }
  }

  /** Shows what was pushed; at most once a frame is worth it. */
  draw() {
    if (!this.width) return;
    const last = this.times.length - 1;
    this.lines.forEach((line, at) => say(this.figures[at], last < 0 ? "–" : this.format(this.values[at][last])));
    const most = Math.max(0, ...this.values.flat());
    const top = this.isLog ? 10 ** Math.max(2, Math.ceil(Math.log10(most + 1))) : nice(most);
    const span = Math.max(LEAST, Math.min(POINTS, this.times.length));
    this.span = span;
    const inner = this.width - PAD.left - PAD.right;
    const tall = HEIGHT - PAD.top - PAD.bottom;
    const x = (at) => PAD.left + inner * (1 - (last - at) / (span - 1));
    const share = this.isLog ? (value) => Math.log10(value + 1) / Math.log10(top + 1) : (value) => value / top;
    const y = (value) => PAD.top + tall * (1 - share(value));
    this.x = x;
    this.canvas.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.canvas.setAttribute("width", this.width);
    const path = (line) => line.map((value, at) => `${at ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
    this.values.forEach((line, at) => this.paths[at].setAttribute("d", path(line)));
    this.area.setAttribute("d", last < 1 ? "" : `${path(this.values[0])}L${x(last).toFixed(1)} ${y(0)}L${x(0).toFixed(1)} ${y(0)}Z`);
    (this.isLog ? [0, Math.round(Math.sqrt(top)), top] : [0, top / 2, top]).forEach((value, at) => {
      const level = y(value);
      for (const [name, value] of [["x1", PAD.left], ["x2", this.width - PAD.right], ["y1", level], ["y2", level]]) {
        this.grid[at].setAttribute(name, value);
      }
      this.marks[at].setAttribute("x", PAD.left - 8);
      this.marks[at].setAttribute("y", level + 4);
      say(this.marks[at], this.format(value));
    });
    const ago = span < 90 ? "1 min ago" : `${Math.round(span / 60)} min ago`;
    say(this.spans[0], ago);
    this.spans.forEach((text, at) => {
      text.setAttribute("x", at ? this.width - PAD.right : PAD.left);
      text.setAttribute("y", HEIGHT - 4);
    });
    this.canvas.setAttribute("aria-label", `${this.title}, since ${ago}. Now: ${this.lines.map((line, at) => `${line.label} ${this.figures[at].textContent}`).join(", ")}`);
  }

  point(event) {
    const last = this.times.length - 1;
    if (last < 0) return;
    const inner = this.width - PAD.left - PAD.right;
    const from = event.clientX - this.canvas.getBoundingClientRect().left - PAD.left;
    const at = Math.max(0, Math.min(last, Math.round(last - (1 - from / inner) * (this.span - 1))));
    const place = this.x(at);
    for (const [name, value] of [["x1", place], ["x2", place], ["y1", PAD.top], ["y2", HEIGHT - PAD.bottom], ["visibility", "visible"]]) {
      this.cursor.setAttribute(name, value);
    }
    this.tip.replaceChildren(el("span", { text: new Date(this.times[at]).toLocaleTimeString("en-GB") }),
      ...this.lines.map((line, n) => el("span", {}, el("i", { class: `tone-${line.tone}` }), `${line.label} ${this.format(this.values[n][at])}`)));
    this.tip.hidden = false;
    this.tip.style.left = `${Math.min(place + 10, this.width - this.tip.offsetWidth - 4)}px`;
  }

  unpoint() {
    this.tip.hidden = true;
    this.cursor.setAttribute("visibility", "hidden");
  }
}

/** A bar of parts: `parts` are `{tone, value, label}`. One that is updated keeps its elements. */
export class Bar {
  constructor(label) {
    this.label = label;
    this.root = el("div", { class: "bar", role: "img" });
    this.parts = new Map();
  }

  show(parts, total) {
    for (const { tone, value } of parts) {
      let part = this.parts.get(tone);
      if (!part) {
        part = el("i", { class: `tone-${tone}` });
        this.parts.set(tone, part);
        this.root.append(part);
      }
      part.style.width = `${total > 0 ? Math.min(100, (100 * value) / total) : 0}%`;
    }
    this.root.setAttribute("aria-label", `${this.label}: ${parts.filter(({ value }) => value > 0).map(({ label, value }) => `${value} ${label}`).join(", ") || "nothing yet"} of ${total}`);
    return this;
  }
}
