// The frame: which view is shown, the link to the engine, colours, signing in. Views have `root`, and `stats(figures)`,
// `event(name, data)` and `close()` where they need them.

import { el, say, toast, dialog, field } from "./dom.js";
import { get, listen, onLogin, onWho, signIn, signOut, who } from "./api.js";
import { overview } from "./overview.js";
import { devices } from "./devices.js";
import { tasks } from "./tasks.js";
import { task } from "./task.js";
import { submit } from "./submit.js";

const main = document.getElementById("main");
const lost = document.getElementById("lost");
const VIEWS = { "": overview, devices, tasks, task, submit };

/** What every view may look at: the last figures, and what they were before. */
export const state = { stats: null, history: [], link: "wait" };
let view = null;

function route() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  const [path, params] = [name.split("?")[0], new URLSearchParams(location.hash.split("?")[1] ?? "")];
  const make = VIEWS[path] ?? overview;
  view?.close?.();
  view = make(state, decodeURIComponent((rest[0] ?? "").split("?")[0]), params);
  main.replaceChildren(view.root);
  document.title = `${view.title} · CDN refresh`;
  const shown = path === "task" ? "tasks" : path === "" ? "overview" : path;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (state.stats) view.stats?.(state.stats);
}

window.addEventListener("hashchange", () => {
  route();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});

function link(now) {
  if (state.link === now) return;
  const was = state.link;
  state.link = now;
  document.getElementById("link").dataset.state = now;
  say(document.getElementById("link-text"), now === "live" ? "Live" : now === "lost" ? "Connection lost" : "Connecting…");
  document.body.classList.toggle("is-lost", now === "lost");
  lost.hidden = now !== "lost";
  if (now === "lost") {
    const since = new Date().toLocaleTimeString("en-GB");
    lost.textContent = `Connection lost at ${since}. What you see is from then. Trying again…`;
  }
  if (now === "live" && was === "lost") {
    toast("Connected again");
    version();
    view?.event?.("back", {});
  }
}

function heard(name, data) {
  if (name === "stats") {
    remember(data);
    state.stats = data;
    if (!document.hidden) view?.stats?.(data);
  } else {
    view?.event?.(name, data);
  }
}

/** Charts begin with what came before they were opened. */
function remember(stats) {
  state.history.push(stats);
  if (state.history.length > 300) state.history.shift();
}

async function version() {
  try {
    const found = await get("/version");
    say(document.getElementById("who"), `engine ${found.version}${who() ? ` · ${who().actor}` : ""}`);
  } catch { /* the link says so */ }
}

onLogin(() => new Promise((resolve) => {
  const key = el("input", { type: "password", autocomplete: "current-password", required: true, name: "key" });
  const box = dialog("Sign in", [
    el("p", { class: "quiet", text: "This engine asks for a key. It is kept by the browser as a session, not by this page." }),
    field("Key", key, "As it was shown when it was made: rk_…"),
  ], [["Sign in", "primary", async () => {
    await signIn(key.value.trim());
    say(document.getElementById("link-text"), "Connecting…");
    resolve();
  }]]);
  box.addEventListener("cancel", (event) => event.preventDefault());
  key.focus();
}));

/** A tenant sees its tasks; the network is the operators'. Its views have no events: they ask again and again. */
let asking = 0;
function showWho() {
  const me = who();
  const isTenant = me !== null && !me.admin;
  document.getElementById("logout").hidden = !me?.csrf;
  document.querySelectorAll('[data-view="overview"], [data-view="devices"]').forEach((each) => { each.hidden = isTenant; });
  clearInterval(asking);
  if (isTenant) {
    link("live");
    asking = setInterval(() => view?.stats?.({}), 1000);
    if (/^#?\/?(devices.*)?$/.test(location.hash)) location.hash = "#/tasks";
  }
}
onWho(() => {
  showWho();
  version();
});

document.getElementById("logout").addEventListener("click", async () => {
  await signOut().catch(() => {});
  location.reload();
});

const THEMES = { "": ["System", "as the system"], light: ["Light", "light"], dark: ["Dark", "dark"] };
const theme = document.getElementById("theme");
function showTheme() {
  const [text, words] = THEMES[document.documentElement.dataset.theme ?? ""];
  say(document.getElementById("theme-text"), text);
  theme.setAttribute("aria-label", `Colours: ${words}`);
}
theme.addEventListener("click", () => {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(document.documentElement.dataset.theme ?? "") + 1) % names.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  try {
    if (next) localStorage.setItem("refresh-theme", next);
    else localStorage.removeItem("refresh-theme");
  } catch { /* for this page only */ }
  showTheme();
});
showTheme();

showWho();
route();
version();
listen(heard, link);
