// Two articles side by side: what stands in both is marked, what only one has is not, and changed numbers and names stand out.

// Read when first two are looked at: they are most of the file.
let read = null;
const texts = () => read || (read = JSON.parse(byId("texts").textContent));
const withText = new Set(data.has_text);
const placeOf = (id) => A.id.indexOf(id);

// The text in pieces, cut wherever a mark begins or ends. Each of the marks is a flat list of from and to.
function marked(text, { shared, changed, leftOut, only }) {
  const cuts = new Set([0, text.length, ...shared, ...changed, ...leftOut]);
  const places = [...cuts].filter((place) => place <= text.length).sort((x, y) => x - y);
  const inside = (list, from) => { for (let at = 0; at < list.length; at += 2) if (list[at] <= from && from < list[at + 1]) return true; return false; };
  const box = el("div", { class: "text", dir: "auto" });
  for (let at = 0; at + 1 < places.length; at++) {
    const piece = shown(text.slice(places[at], places[at + 1]));
    if (inside(leftOut, places[at])) box.append(el("span", { class: "left-out", title: t("left_out") }, piece));
    else if (inside(changed, places[at])) box.append(el("strong", { class: "changed" }, piece));
    else if (inside(shared, places[at])) box.append(el("mark", {}, piece));
    else box.append(only && /[\p{L}\p{N}]/u.test(piece) ? el("span", { class: "only" }, piece) : piece);
  }
  return box;
}

// How two articles stand side by side: as wirecopy aligned them where it verified the pair, else as this page does.
function aligned(a, b) {
  const { pairs, left_out: leftOut, texts: all } = texts();
  const of = (place) => leftOut[place] || [];
  const known = pairs[`${a}-${b}`], turned = pairs[`${b}-${a}`];
  const here = laid(all[a], of(a), all[b], of(b), data.window_words);
  const pair = known || (turned && [turned[1], turned[0], turned[3], turned[2]]);
  const found = pair ? { ...here, sharedA: pair[0], sharedB: pair[1], changedA: pair[2], changedB: pair[3], versions: true } : here;
  return { ...found, verified: Boolean(pair), leftOutA: of(a), leftOutB: of(b) };
}

function drawPair(state) {
  const box = byId("pair");
  box.replaceChildren();
  const [a, b] = [placeOf(state.a), placeOf(state.b)];
  fillChoice(a, b);
  if (a < 0 || b < 0 || a === b || !withText.has(a) || !withText.has(b)) {
    box.append(el("p", { class: "note" }, t("no_text")));
    return;
  }
  const found = aligned(a, b);
  const known = pairNumbers(a, b);
  const numbers = known ? known.slice(1) : [found.similarity, found.containment, found.coverage, found.longer];
  box.append(el("p", { class: "together" }, together(a, b)));
  box.append(el("ul", { class: "numbers" }, known ? el("li", {}, badge(known[0])) : el("li", {}, el("span", { class: "badge k4", title: t("unverified_note") }, t("unverified"))),
    ["similarity", "containment", "coverage"].map((key, at) => el("li", {}, `${t(key)} ${percent(numbers[at])}${key === "coverage" ? ` / ${percent(numbers[3])}` : ""}`))));
  const legend = [el("mark", {}, t("shared")), found.versions && el("span", { class: "only" }, t("only_here")),
    el("strong", { class: "changed" }, t(found.versions ? "changed" : "only_other")), (found.leftOutA.length || found.leftOutB.length) > 0 && el("span", { class: "left-out" }, t("left_out"))];
  box.append(el("p", { class: "legend" }, legend.filter(Boolean).flatMap((one) => [one, "  "])));
  const side = (article, marks) => el("section", { class: "side" }, el("h2", {}, isolated(headline(article))),
    el("p", { class: "facts muted" }, [minute(A.published[article]), outletOf(article) || (several ? t("unknown_outlet") : ""), `${number(A.words[article])} ${t("words_count")}`].filter(Boolean).map(oneLine).join(" · "), " ", el("span", { class: "id" }, isolated(A.id[article]))),
    marked(texts().texts[article], { only: found.versions, ...marks }));
  box.append(el("div", { class: "sides" }, side(a, { shared: found.sharedA, changed: found.changedA, leftOut: found.leftOutA }), side(b, { shared: found.sharedB, changed: found.changedB, leftOut: found.leftOutB })));
  box.append(el("p", { class: "muted" }, t("why_more"), " ", el("code", {}, `wirecopy explain ${quoted(A.id[a])} ${quoted(A.id[b])} …`)));
}

// An id as a shell takes it, shown with what it hides.
const quoted = (id) => { const one = oneLine(id); return /^[\w.:/@%+,#-]+$/.test(one) ? one : `'${one.replace(/'/g, "'\\''")}'`; };

// What the two have to do with each other.
function together(a, b) {
  const to = (view, id, key) => el("a", { href: link({ ...cleared(view), open: id }) }, t(key));
  const cluster = A.cluster[a], event = A.event[a];
  if (cluster >= 0 && cluster === A.cluster[b]) return to("copies", data.clusters[cluster].id, "one_cluster");
  if (event >= 0 && event === A.event[b]) return to("events", data.events[event].id, "one_event");
  const later = event < 0 ? undefined : (follows.get(event) || []).find(([other]) => other === A.event[b]);
  return later ? to("events", data.events[event].id, "one_storyline") : t("not_together");
}

// Whatever stands with one of the two in a cluster or an event may be put in its place.
const MOST_CHOICES = 200;

function fillChoice(a, b) {
  byId("choose").hidden = a < 0 || b < 0;
  if (a < 0 || b < 0) return;
  const near = new Set([a, b]);
  for (const one of [a, b]) {
    if (A.cluster[one] >= 0) clusterArticles(data.clusters[A.cluster[one]]).forEach((other) => near.add(other));
    if (A.event[one] >= 0) eventArticles(data.events[A.event[one]]).forEach((other) => near.add(other));
  }
  const list = [...near].filter((one) => withText.has(one)).slice(0, MOST_CHOICES);
  list.sort((x, y) => (A.published[x] === null) - (A.published[y] === null) || A.published[x] - A.published[y] || x - y);
  const label = (one) => [minute(A.published[one]), outletOf(one) || "", headline(one)].filter(Boolean).map(oneLine).join(" · ").slice(0, 140);
  for (const [select, chosen, other] of [[byId("f-a"), a, b], [byId("f-b"), b, a]]) {
    options(select, list.filter((one) => one !== other).map((one) => [A.id[one], label(one)]), A.id[chosen]);
  }
}

for (const [id, key] of [["f-a", "a"], ["f-b", "b"]]) byId(id).addEventListener("change", (event) => change({ [key]: event.target.value }));
byId("choose").addEventListener("submit", (event) => event.preventDefault());

// An article is picked; with the second that is picked it is laid side by side.
function pickButton(article) {
  if (!withText.has(article)) return null;
  const button = el("button", { type: "button", class: "pick", "aria-pressed": String(A.id[article] === state.a), title: t("pick_note") }, t("pick"));
  button.dataset.pick = article;
  return button;
}

function picked(article) {
  const id = A.id[article];
  if (state.a && state.a !== id && placeOf(state.a) >= 0) location.hash = link({ view: "pair", a: state.a, b: id });
  else setPicked(state.a === id ? "" : id);
}

function setPicked(id) {
  state.a = id;
  history.replaceState(null, "", link(state));
  showPicked();
}

function showPicked() {
  const place = state.a && LISTS.includes(state.view) ? placeOf(state.a) : -1;
  byId("tray").hidden = place < 0;
  byId("picked").replaceChildren(...(place < 0 ? [] : [el("b", {}, isolated(headline(place))), " ", t("pick_other")]));
  for (const one of document.querySelectorAll(".pick")) one.setAttribute("aria-pressed", String(Number(one.dataset.pick) === place));
}

byId("list").addEventListener("click", (event) => { const one = event.target.closest(".pick"); if (one) picked(Number(one.dataset.pick)); });
byId("unpick").addEventListener("click", () => setPicked(""));

function pairNumbers(a, b) {
  for (const [one, other] of [[a, b], [b, a]]) {
    const cluster = A.cluster[one] < 0 ? null : data.clusters[A.cluster[one]];
    const member = cluster && cluster.representative === other && cluster.members.find((member) => member[0] === one);
    if (member) return member.slice(1);
    const link = data.links.find((link) => link[0] === one && link[1] === other);
    if (link) return [link[8] ? 4 : link[2], ...link.slice(3, 7)];
  }
  return null;
}
