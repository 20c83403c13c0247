// A list of any length of which only what is seen has elements.

import { el } from "./dom.js";

const SPARE = 6;

export class VirtualList {
  /**
   * `label` names it for screen readers; `make()` gives a row element; `show(row, item)` fills it; `height()` is the height of
   * a row in pixels; `open(item)` is what Enter or a click does.
   */
  constructor({ label, make, show, height, open }) {
    Object.assign(this, { make, show, height, open });
    this.items = [];
    this.active = 0;
    this.rows = new Map();
    this.free = [];
    this.space = el("div", { class: "vlist-space", role: "presentation" });
    this.root = el("div", { class: "vlist", role: "listbox", "aria-label": label, tabindex: 0 }, this.space);
    this.root.addEventListener("scroll", () => this.later(), { passive: true });
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.space.addEventListener("click", (event) => {
      const row = event.target.closest("[data-at]");
      if (row) {
        this.active = Number(row.dataset.at);
        this.open(this.items[this.active]);
      }
    });
    this.observer = new ResizeObserver(() => this.later());
    this.observer.observe(this.root);
  }

  /** From now on these. */
  set(items) {
    this.items = items;
    this.active = Math.min(this.active, Math.max(0, items.length - 1));
    this.draw();
  }

  later() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = undefined;
    const height = this.height();
    const total = `${this.items.length * height}px`;
    if (this.space.style.height !== total) this.space.style.height = total;
    const first = Math.max(0, Math.floor(this.root.scrollTop / height) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((this.root.scrollTop + this.root.clientHeight) / height) + SPARE);
    for (const [at, row] of this.rows) {
      if (at < first || at >= last) {
        this.rows.delete(at);
        this.free.push(row);
        row.hidden = true;
      }
    }
    for (let at = first; at < last; at++) {
      let row = this.rows.get(at);
      if (!row) {
        row = this.free.pop();
        if (!row) {
          row = this.make();
          row.classList.add("vlist-row");
          row.setAttribute("role", "option");
          row.id = `row-${this.rows.size}-${Math.random().toString(36).slice(2, 8)}`;
          this.space.append(row);
        }
        row.hidden = false;
        this.rows.set(at, row);
        row.dataset.at = at;
      }
      row.style.transform = `translateY(${at * height}px)`;
      row.style.height = `${height}px`;
      row.setAttribute("aria-posinset", at + 1);
      row.setAttribute("aria-setsize", this.items.length);
      row.setAttribute("aria-selected", at === this.active);
      this.show(row, this.items[at]);
    }
    const active = this.rows.get(this.active);
    if (active) this.root.setAttribute("aria-activedescendant", active.id);
    else this.root.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.root.clientHeight / this.height()) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.items.length, End: this.items.length };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (this.items[this.active]) this.open(this.items[this.active]);
    } else if (steps[event.key]) {
      event.preventDefault();
      this.active = Math.max(0, Math.min(this.items.length - 1, this.active + steps[event.key]));
      const from = this.active * this.height();
      const to = from + this.height();
      if (from < this.root.scrollTop) this.root.scrollTop = from;
      else if (to > this.root.scrollTop + this.root.clientHeight) this.root.scrollTop = to - this.root.clientHeight;
      this.draw();
    }
  }
}
