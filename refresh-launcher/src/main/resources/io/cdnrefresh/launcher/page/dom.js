// Elements are made by functions; text is always set as text, so that nothing that comes from outside is read as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.setAttribute("class", value);
    else if (name === "text") node.textContent = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An HTML element: `el("p", {class: "x", onclick: f}, "text", other)`. */
export const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Sets text only where it differs, so that nothing is laid out or announced anew without need. */
export function say(node, text) {
  const value = String(text);
  if (node.textContent !== value) node.textContent = value;
}

let ids = 0;
/** An id that no other element has. */
export const fresh = (name) => `${name}-${++ids}`;

/** A labelled field: label above, hint and fault below. */
export function field(label, control, hint) {
  const id = control.id || fresh("field");
  control.id = id;
  const fault = el("span", { class: "fault", id: id + "-fault" });
  control.setAttribute("aria-describedby", (hint ? id + "-hint " : "") + fault.id);
  return el("div", { class: "field" }, el("label", { for: id, text: label }), control,
    hint && el("span", { class: "hint", id: id + "-hint", text: hint }), fault);
}

/** A select of `[value, text]` pairs. */
export const choice = (pairs, attributes = {}) =>
  el("select", attributes, pairs.map(([value, text]) => el("option", { value, text })));

/** A coloured word for a state. */
export const pill = (word) => el("span", { class: "pill", data: { tone: tone(word) }, text: word.toLowerCase().replaceAll("_", " ") });

const TONES = {
  ONLINE: "good", DONE: "good", VERIFIED: "good", PURGED: "good", ABSENT: "good", PRELOADED: "good", MARKED: "good", SERVING: "good",
  RUNNING: "busy", CATCHING_UP: "busy", ACCEPTED: "busy", SCHEDULED: "busy", PENDING: "busy", STARTING: "busy",
  PARTIAL: "warn", SUSPECT: "warn", PARKED: "warn", STALE_AGAIN: "warn", DRAINING: "warn", MAINTENANCE: "warn", UNSUPPORTED: "warn",
  FAILED: "bad", OFFLINE: "bad", TIMEOUT: "bad", DENIED: "bad", QUARANTINED: "bad", STOPPED: "bad",
};
/** good, busy, warn, bad or none, for a state or an outcome in any spelling. */
export const tone = (word) => TONES[String(word).toUpperCase().replaceAll("-", "_")] ?? "none";

/** A note that goes away by itself; faults stay longer. */
export function toast(text, isFault = false) {
  const note = el("div", { class: "toast", data: { tone: isFault ? "bad" : "good" }, text });
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), isFault ? 9000 : 4000);
}

/**
 * A modal dialog. `actions` are `[text, kind, f]`; f gets the form and may return a promise; the dialog closes when it is
 * fulfilled, and shows the message when it is refused.
 */
export function dialog(title, content, actions) {
  const id = fresh("dialog");
  const fault = el("p", { class: "fault", role: "alert" });
  const form = el("form", { method: "dialog" });
  const box = el("dialog", { "aria-labelledby": id, onclose: () => box.remove() }, form);
  const close = () => box.close();
  const buttons = actions.map(([text, kind, run]) => el("button", {
    type: kind === "primary" || kind === "danger" ? "submit" : "button", class: kind, text,
    onclick: async (event) => {
      event.preventDefault();
      fault.textContent = "";
      buttons.forEach((button) => { button.disabled = true; });
      try {
        if ((await run?.(form)) !== false) close();
      } catch (trouble) {
        fault.textContent = trouble.message;
      } finally {
        buttons.forEach((button) => { button.disabled = false; });
      }
    },
  }));
  form.append(el("h2", { id, text: title }), ...content, fault, el("div", { class: "actions" }, buttons));
  document.body.append(box);
  box.showModal();
  return box;
}

/** Calls f once the calls have stopped for a while. */
export function settle(f, millis) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...given), millis);
  };
}
