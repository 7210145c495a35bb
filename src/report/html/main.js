// The state, which stands in the fragment of the address, so that a link shows what its sender saw; and what follows from it.
const START = { view: "overview", q: "", outlet: "", from: "", to: "", kind: "", min: 1, sort: "size", open: "", a: "", b: "", lang, theme: "" };
const LISTS = ["events", "copies", "articles"];
let state = { ...START };
let before = "";

function parsed() {
  const given = new URLSearchParams(location.hash.slice(1));
  const next = { ...START };
  for (const key of Object.keys(START)) if (given.has(key)) next[key] = given.get(key);
  if (!["overview", "notes", "pair", ...LISTS].includes(next.view)) next.view = "overview";
  next.min = Math.max(1, Math.floor(Number(next.min)) || 1);
  if (!(next.sort in ORDERS)) next.sort = START.sort;
  if (!(next.lang in strings)) next.lang = START.lang;
  if (!["light", "dark"].includes(next.theme)) next.theme = "";
  return next;
}
// What a click elsewhere leaves as it is; an article that was picked in a list may be compared with one of another.
const kept = () => ({ lang: state.lang, theme: state.theme, ...(LISTS.includes(state.view) ? { a: state.a } : {}) });
const cleared = (view) => ({ ...START, ...kept(), view });
function link(fields) {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...kept(), ...fields })) if (value !== "" && String(value) !== String(START[key])) given.set(key, value);
  if (!given.has("view")) given.set("view", fields.view || state.view);
  return `#${given}`;
}
function change(fields) {
  const next = link({ ...state, ...fields });
  // Typing is one step back, not one a letter.
  history.replaceState(null, "", next);
  show();
}

function translate() {
  document.documentElement.lang = lang;
  document.title = `wirecopy: ${t("title")}`;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-n]")) one.textContent = number(Number(one.dataset.n));
  for (const one of document.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", t(one.dataset.tLabel));
  for (const one of document.querySelectorAll("[data-t-placeholder]")) one.placeholder = t(one.dataset.tPlaceholder);
  byId("lang").textContent = lang === "vi" ? "English" : "Tiếng Việt";
  byId("lang").lang = lang === "vi" ? "en" : "vi";
}

// Lists are drawn a page at a time, the next when the end comes near.
const PAGE = 40;
let found = [], drawn = 0;
function drawMore() {
  const next = found.slice(drawn, drawn + PAGE);
  // Of a few, all is shown at once.
  const open = state.open !== "" || found.length <= 10;
  byId("list").append(...next.map((one) => draw[one.type]({ ...one, open })));
  drawn += next.length;
  byId("more").hidden = drawn >= found.length;
  // Observed anew, so that it is told again where the end is still near.
  nearEnd.unobserve(byId("more"));
  nearEnd.observe(byId("more"));
}
const nearEnd = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && !byId("more").hidden) drawMore(); }, { rootMargin: "1200px" });
byId("more").addEventListener("click", drawMore);
// Paper does not scroll: what is shown is drawn as far as a printer would wish, and where that is not all, paper says so.
const PRINTED = 1000;
addEventListener("beforeprint", () => {
  if (!LISTS.includes(state.view)) return;
  while (drawn < Math.min(found.length, PRINTED)) drawMore();
  byId("printed").hidden = drawn >= found.length;
  byId("printed").textContent = `${t("printed_first")} ${number(drawn)} ${t("of")} ${number(found.length)}. ${t("printed_rest")}`;
});
addEventListener("afterprint", () => { byId("printed").hidden = true; });

function options(select, list, value) {
  select.replaceChildren(...list.map(([key, label]) => el("option", { value: key }, label)));
  select.value = value;
}

const dated = A.published.some((time) => time !== null);

function fillFilters() {
  const { view } = state;
  byId("f-q").value = state.q;
  options(byId("f-outlet"), [["", t("all")], ...[...data.outlets].sort().map((name) => [name, oneLine(name)])], state.outlet);
  byId("f-from").value = state.from;
  byId("f-to").value = state.to;
  byId("f-min").value = state.min > 1 ? state.min : "";
  // What nothing can be told apart by is no filter.
  byId("l-outlet").hidden = data.outlets.length < 2 && !state.outlet;
  byId("l-from").hidden = byId("l-to").hidden = !dated && !state.from && !state.to;
  byId("l-kind").hidden = view !== "copies";
  options(byId("f-kind"), [["", t("all")], ...KINDS.map((kind) => [kind, t(kind)]), ["related", t("links")]], state.kind);
  byId("l-min").hidden = view === "articles";
  const times = dated ? ["time", "oldest"] : [];
  const orders = { events: ["size", ...times], copies: ["size", ...times, "alike"], articles: ["size", ...times] }[view];
  // Articles stand in order of their ids.
  const name = (order) => t(order === "size" && view === "articles" ? "sort_id" : `sort_${order}`);
  options(byId("f-sort"), orders.map((order) => [order, name(order)]), orders.includes(state.sort) ? state.sort : "size");
}

function showList() {
  byId("h-list").textContent = t(state.view);
  fillFilters();
  found = filtered(state);
  drawn = 0;
  byId("list").replaceChildren();
  drawMore();
  const all = entries(state.view).length;
  byId("count").textContent = found.length ? `${number(found.length)} ${t("of")} ${number(all)}` : t("none_shown");
}

function show() {
  state = parsed();
  lang = state.lang;
  const { view } = state;
  if (state.theme) document.documentElement.dataset.theme = state.theme; else delete document.documentElement.dataset.theme;
  translate();
  byId("view-overview").hidden = view !== "overview";
  byId("view-notes").hidden = view !== "notes";
  byId("view-list").hidden = !LISTS.includes(view);
  byId("view-pair").hidden = view !== "pair";
  for (const one of document.querySelectorAll("nav a, .cards a, .largest a")) {
    const target = new URLSearchParams(one.hash.slice(1));
    one.href = link({ ...cleared(target.get("view")), kind: target.get("kind") || "", open: target.get("open") || "" });
    if (one.dataset.view === view) one.setAttribute("aria-current", "page"); else one.removeAttribute("aria-current");
  }
  if (LISTS.includes(view)) showList();
  if (view === "pair") drawPair(state);
  showPicked();
  const place = `${view} ${state.open} ${view === "pair" ? `${state.a} ${state.b}` : ""}`;
  if (before && before !== place) {
    window.scrollTo(0, 0);
    byId("main").focus({ preventScroll: true });
  }
  before = place;
}

const FIELDS = { "f-outlet": "outlet", "f-from": "from", "f-to": "to", "f-kind": "kind", "f-min": "min", "f-sort": "sort" };
for (const [id, key] of Object.entries(FIELDS)) byId(id).addEventListener("change", (event) => change({ [key]: event.target.value, open: "" }));
let waiting = 0;
byId("f-q").addEventListener("input", (event) => {
  clearTimeout(waiting);
  const q = event.target.value;
  waiting = setTimeout(() => change({ q, open: "" }), 120);
});
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("reset", (event) => { event.preventDefault(); change(cleared(state.view)); });
byId("lang").addEventListener("click", () => change({ lang: lang === "vi" ? "en" : "vi" }));
byId("theme").addEventListener("click", () => {
  const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  change({ theme: dark ? "light" : "dark" });
});
byId("back").addEventListener("click", (event) => { if (history.length > 1) { event.preventDefault(); history.back(); } });

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
byId("csv").addEventListener("click", () => save(`wirecopy-${state.view}.csv`, "text/csv", `\ufeff${csv(found.map(exported))}`));
byId("json").addEventListener("click", () => save(`wirecopy-${state.view}.json`, "application/json", JSON.stringify(found.map(exported), null, 2)));

document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); byId("main").focus(); });
addEventListener("hashchange", show);
show();
