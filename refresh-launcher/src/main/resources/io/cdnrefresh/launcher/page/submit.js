// The form for a new task. What is broad is looked at first and then asked about.

import { el, toast, dialog, field, choice } from "./dom.js";
import { call, line, Refusal } from "./api.js";
import { count } from "./format.js";

const TYPES = [["url", "URL", "Exactly these URLs"], ["prefix", "Prefix", "Everything below a folder"], ["regex", "Pattern", "Paths that match, on one host"], ["tag", "Tag", "Objects that carry a tag"],
  ["host", "Host", "A whole host"], ["all", "Everything", "All that the network holds"], ["preload", "Preload", "Fetch before anybody asks"]];
const HINTS = { url: "One URL a line: https://www.example.com/a.css", prefix: "One a line, ending with /: https://www.example.com/img/", regex: "One pattern a line (RE2), against path and query: ^/img/.*\\.png$",
  tag: "One tag a line", host: "One host a line: www.example.com or *.example.com", preload: "One URL a line" };
const BROAD = new Set(["prefix", "regex", "tag", "host", "all"]);

export function submit() {
  const text = (hint) => el("input", { autocomplete: "off", spellcheck: "false", placeholder: hint });
  const targets = el("textarea", { rows: 6, spellcheck: "false", autocomplete: "off", id: "targets" });
  const hosts = text("www.example.com, img.example.com");
  const all = el("input", { type: "text", autocomplete: "off" });
  const controls = {
    mode: choice([["", "default"], ["hard", "hard: gone"], ["soft", "soft: stale until revalidated"]]), verify: choice([["", "all devices"], ["sample", "a sample"], ["none", "none"]]),
    query: choice([["", "exact"], ["ignore", "ignore the query string"]]), priority: choice([["", "normal"], ["urgent", "urgent"], ["bulk", "bulk"]]),
    spread: text("0s"), deadline: text("10m"), notBefore: el("input", { type: "datetime-local" }), after: text("id of a task"), afterOn: choice([["", "when it is done"], ["final", "when it has ended, however"]]), callback: text("https://…"),
  };
  const labels = text("release:42, team:web");
  const headers = el("textarea", { rows: 2, spellcheck: "false", placeholder: "Accept-Encoding: gzip" });
  const scope = { groups: text("all"), tiers: text("all"), devices: text("all"), exclude: text("none") };
  const partial = el("input", { type: "checkbox", id: "partial" });
  const faults = el("div", { class: "faults", role: "alert", tabindex: -1 });
  const result = el("div", { class: "result", role: "status" });
  const kinds = TYPES.map(([value, name, hint], at) => {
    const radio = el("input", { type: "radio", name: "type", value, checked: at === 0, onchange: shape });
    return el("label", { class: "kind" }, radio, el("b", { text: name }), el("span", { text: hint }));
  });
  const type = () => kinds.map((kind) => kind.firstChild).find((radio) => radio.checked).value;
  const hint = el("span", { class: "hint", id: "targets-hint" });
  targets.setAttribute("aria-describedby", "targets-hint");
  const targetField = el("div", { class: "field" }, el("label", { for: "targets", text: "Targets" }), targets, hint);
  const hostField = field("Hosts", hosts, "Separated by commas");
  const allField = field("To confirm, type: all", all);
  const headerField = field("Request headers", headers, "One a line; each variant is fetched");
  const dry = el("button", { type: "button", text: "Dry run", onclick: () => send(true) });
  const go = el("button", { type: "submit", class: "primary", text: "Submit" });

  const root = el("div", { class: "view submit-view" }, el("div", { class: "bar-top" }, el("h1", { text: "New task" })),
    el("form", { onsubmit: (event) => { event.preventDefault(); begin(); }, novalidate: true },
      el("fieldset", { class: "kinds" }, el("legend", { text: "What" }), kinds),
      el("div", { class: "card form" }, targetField, hostField, allField, headerField,
        el("details", {}, el("summary", { text: "How" }), el("div", { class: "grid" },
          field("Mode", controls.mode), field("Verify", controls.verify), field("Query string", controls.query), field("Priority", controls.priority),
          field("Spread over", controls.spread, "500ms, 60s, 5m"), field("Deadline", controls.deadline, "1s to 24h"), field("Not before", controls.notBefore), field("After task", controls.after), field("Release", controls.afterOn),
          field("Callback", controls.callback), field("Labels", labels, "key:value, separated by commas"))),
        el("details", {}, el("summary", { text: "Where" }), el("div", { class: "grid" },
          field("Groups", scope.groups), field("Tiers", scope.tiers, "parent, edge"), field("Devices", scope.devices), field("Except devices", scope.exclude))),
        el("p", { class: "check" }, partial, el("label", { for: "partial", text: "Take the valid targets when some are not" })),
        faults, el("div", { class: "actions" }, dry, go))), result);

  function shape() {
    const now = type();
    targetField.hidden = now === "all";
    hostField.hidden = now !== "tag" && now !== "regex";
    allField.hidden = now !== "all";
    headerField.hidden = now !== "preload";
    hint.textContent = HINTS[now] ?? "";
    result.replaceChildren();
    faults.replaceChildren();
  }

  const listed = (input) => input.value.split(/[,\s]+/).map((each) => each.trim()).filter(Boolean);

  function body(dryRun) {
    const now = type();
    const task = { type: now };
    const lines = targets.value.split("\n").map((each) => each.trim()).filter(Boolean);
    if (now === "regex") task.targets = listed(hosts).flatMap((host) => lines.map((pattern) => ({ host, pattern })));
    else if (now !== "all") task.targets = lines;
    if (now === "tag") task.hosts = listed(hosts);
    if (now === "all") task.confirm = dryRun ? "all" : all.value.trim();
    for (const [name, control] of Object.entries(controls)) {
      const value = control.value.trim();
      if (value && !(name === "afterOn" && !controls.after.value.trim())) task[name] = name === "notBefore" ? new Date(value).toISOString() : value;
    }
    const named = labels.value.split(",").map((each) => each.trim()).filter(Boolean).map((each) => {
      const at = each.indexOf(":");
      return at < 0 ? [each, ""] : [each.slice(0, at).trim(), each.slice(at + 1).trim()];
    });
    if (named.length) task.labels = Object.fromEntries(named);
    const lines2 = headers.value.split("\n").map((each) => each.trim()).filter(Boolean);
    if (now === "preload" && lines2.length) task.headers = lines2;
    const where = Object.fromEntries(Object.entries(scope).map(([name, input]) => [name, listed(input)]).filter(([, value]) => value.length));
    if (Object.keys(where).length) task.scope = where;
    if (partial.checked) task.partial = true;
    if (dryRun) task.dryRun = true;
    return task;
  }

  function refuse(trouble) {
    faults.replaceChildren();
    const parts = trouble instanceof Refusal && trouble.errors.length ? trouble.errors.slice(0, 50).map(line) : [trouble.message];
    faults.append(el("b", { text: trouble instanceof Refusal ? trouble.message.split("\n")[0] : "Not sent" }), el("ul", {}, parts.map((each) => el("li", { text: each }))));
    faults.focus();
  }

  async function attempt(f) {
    go.disabled = true;
    dry.disabled = true;
    faults.replaceChildren();
    try {
      return await f();
    } catch (trouble) {
      refuse(trouble);
      return null;
    } finally {
      go.disabled = false;
      dry.disabled = false;
    }
  }

  const ask = (dryRun, key) => call("POST", "/v1/engine/task", body(dryRun), { headers: dryRun ? {} : { "Idempotency-Key": key } });

  async function send(dryRun) {
    const answer = await attempt(() => ask(dryRun, crypto.randomUUID?.() ?? String(Math.random()).slice(2)));
    if (!answer) return;
    if (!dryRun) {
      toast(`Accepted: ${count(answer.targets)} target${answer.targets === 1 ? "" : "s"}`);
      location.hash = `#/task/${answer.id}`;
      return;
    }
    const keys = (answer.keys ?? []).flatMap((each) => each.keys);
    result.replaceChildren(el("section", { class: "card" }, el("div", { class: "card-head" }, el("h2", { text: `Dry run: ${count(answer.devices.length)} devices, ${count(answer.targets)} targets` })),
      el("p", { class: "quiet", text: answer.devices.slice(0, 30).map((device) => device.id).join(", ") + (answer.devices.length > 30 ? ", …" : "") || "No device is in scope." }),
      keys.length ? el("ol", { class: "targets" }, keys.slice(0, 50).map((key) => el("li", {}, el("code", { text: key })))) : ""));
  }

  async function begin() {
    if (!BROAD.has(type())) {
      await send(false);
      return;
    }
    if (type() === "all" && all.value.trim() !== "all") {
      refuse(new Error("To purge everything, type all in the field above"));
      all.focus();
      return;
    }
    const look = await attempt(() => ask(true));
    if (!look) return;
    const what = type() === "all" ? "everything" : targets.value.trim().split("\n").slice(0, 5).join("\n");
    dialog("Purge this?", [el("pre", { text: what }), el("p", { text: `${count(look.targets)} target${look.targets === 1 ? "" : "s"} of type ${type()} on ${count(look.devices.length)} devices. What is purged is fetched from the origin again.` })],
      [["Back", "plain"], [`Purge on ${count(look.devices.length)} devices`, "danger", async () => { await send(false); }]]);
  }

  function refill() {
    const before = JSON.parse(sessionStorage.getItem("refresh-again") ?? "null");
    sessionStorage.removeItem("refresh-again");
    if (!before) return;
    kinds.forEach((kind) => { kind.firstChild.checked = kind.firstChild.value === before.type; });
    const given = before.targets ?? [];
    targets.value = given.map((each) => (typeof each === "string" ? each : each.pattern)).join("\n");
    hosts.value = (before.hosts ?? [...new Set(given.map((each) => each.host).filter(Boolean))]).join(", ");
    for (const name of ["mode", "query", "priority", "spread", "deadline", "callback", "verify"]) {
      const value = before[name] ?? "";
      const control = controls[name];
      control.value = control.tagName === "SELECT" && ![...control.options].some((option) => option.value === value) ? "" : value;
    }
    labels.value = Object.entries(before.labels ?? {}).map(([key, value]) => `${key}:${value}`).join(", ");
    headers.value = (before.headers ?? []).join("\n");
    if (before.scope && before.scope !== "all") Object.entries(scope).forEach(([name, input]) => { input.value = (before.scope[name] ?? []).join(", "); });
  }

  if (location.hash.includes("again=1")) refill();
  shape();
  return { root, title: "New task" };
}
