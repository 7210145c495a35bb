// The lists of events, copies and articles: what is in each, what a filter leaves of it, how one entry looks.

// One entry: what is searched in, the outlets and the times that filters ask for, its size, and how it is drawn and exported.
const textOf = (articles, more) => folded([...articles.flatMap((a) => [A.title[a], A.id[a], outletOf(a) || ""]), ...more].join("\n"));
const timesOf = (articles) => articles.map((a) => A.published[a]).filter((time) => time !== null);

function entry(fields) {
  const times = timesOf(fields.articles);
  return { ...fields, first: times.length ? Math.min(...times) : null, last: times.length ? Math.max(...times) : null, search: null };
}

// Members of clusters stand as [article, kind, similarity, containment, coverage, coverage of the longer, seconds after the first].
const clusterArticles = (cluster) => cluster.members.map((member) => member[0]);
const eventArticles = (event) => event.reports.flatMap((report) => {
  const cluster = A.cluster[report];
  return cluster < 0 ? [report] : clusterArticles(data.clusters[cluster]);
});

const makers = {
  events: () => data.events.map((event, at) => entry({
    type: "event", at, id: event.id, articles: eventArticles(event), size: event.reports.length, alike: 0,
    words: [event.label, ...event.names], kinds: [],
  })),
  copies: () => [
    ...data.clusters.map((cluster, at) => entry({
      type: "cluster", at, id: cluster.id, articles: clusterArticles(cluster), size: cluster.members.length,
      alike: Math.min(...cluster.members.map((member) => Math.min(member[4], member[5]))), words: [cluster.id],
      kinds: [...new Set(cluster.members.filter((member) => member[0] !== cluster.representative).map((member) => member[1]))],
    })),
    ...data.links.map((link, at) => entry({
      type: "link", at, id: `${A.id[link[0]]}~${A.id[link[1]]}`, articles: [link[0], link[1]], size: 2, alike: link[5], words: [],
      kinds: [link[8] ? 4 : link[2]],
    })),
  ],
  articles: () => A.id.map((id, at) => entry({
    type: "article", at, id, articles: [at], size: A.words[at], alike: 0, words: [], kinds: [],
  })),
};
const made = {};
const entries = (view) => made[view] || (made[view] = makers[view]());

function matches(one, state, words, outlet) {
  if (one.size < state.min && one.type !== "link") return false;
  if (one.type === "link" && state.min > 2) return false;
  if (state.kind === "related" ? one.type !== "link" : state.kind && !one.kinds.includes(KINDS.indexOf(state.kind))) return false;
  if (outlet >= 0 && !one.articles.some((article) => A.outlet[article] === outlet)) return false;
  if (state.from && (one.last === null || dayOf(one.last) < state.from)) return false;
  if (state.to && (one.first === null || dayOf(one.first) > state.to)) return false;
  if (!words.length) return true;
  if (one.search === null) one.search = textOf(one.articles, one.words);
  return words.every((word) => one.search.includes(word));
}

const late = (time) => time === null ? -1e15 : time;
const ORDERS = {
  size: null,
  time: (x, y) => late(y.last) - late(x.last),
  oldest: (x, y) => (x.first === null) - (y.first === null) || x.first - y.first,
  alike: (x, y) => y.alike - x.alike,
};

function filtered(state) {
  const words = folded(state.q).split(/\s+/).filter(Boolean);
  const outlet = state.outlet ? data.outlets.indexOf(state.outlet) : -1;
  if (state.outlet && outlet < 0) return [];
  const found = entries(state.view).filter((one) => (!state.open || one.id === state.open) && matches(one, state, words, outlet));
  const order = ORDERS[state.sort];
  // Sorting is stable: of equals the larger stays in front.
  return order ? found.sort((x, y) => order(x, y) || 0) : found;
}

const badge = (kind) => el("span", { class: `badge k${kind}`, title: t("kind_" + KINDS[kind]) }, t(KINDS[kind]));
const pairLink = (a, b) => el("a", { href: link({ view: "pair", a: A.id[a], b: A.id[b] }) }, t("side_by_side"));
const head = (...keys) => el("thead", {}, el("tr", {}, keys.filter(Boolean).map((key) => el("th", { scope: "col" }, t(key)))));
// Columns that would be empty are left out.
const several = data.outlets.length > 1;
const cell = (there, content, attributes) => there ? el("td", attributes || {}, content) : null;
const wide = (table, label) => el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, table);

// Dots along time: one a report, at its place between the first and the last.
function rail(articles) {
  const times = timesOf(articles).sort((x, y) => x - y);
  if (times.length < 2 || times[0] === times[times.length - 1]) return null;
  const [first, last] = [times[0], times[times.length - 1]];
  const picture = el("svg:svg", { class: "rail", viewBox: "0 0 640 24", role: "img", "aria-label": `${t("reports_time")}: ${minute(first)} – ${minute(last)}` },
    el("svg:line", { class: "rule", x1: 8, x2: 632, y1: 12, y2: 12 }));
  for (const time of times) picture.append(el("svg:circle", { cx: (8 + 624 * (time - first) / (last - first)).toFixed(1), cy: 12, r: 5 }, el("svg:title", {}, minute(time))));
  return picture;
}

function facts(one) {
  const outlets = new Set(one.articles.map((article) => A.outlet[article]).filter((outlet) => outlet >= 0)).size;
  const parts = [counted(one.articles.length, "article")];
  if (outlets && several) parts.push(counted(outlets, "outlet"));
  if (one.first !== null) parts.push(one.first === one.last ? minute(one.first) : `${minute(one.first)} – ${minute(one.last)}`);
  return parts;
}

function heading(one, title) {
  return el("h2", {}, el("a", { href: link({ ...cleared(one.type === "event" ? "events" : "copies"), open: one.id }), title: t("link") }, isolated(title)));
}

function reason(why) {
  const cell = el("td", { class: "reason" });
  for (const [key, list] of [["names", why[2]], ["days", why[3]], ["words", why[4]]]) {
    if (list.length) cell.append(el("span", {}, el("b", {}, t(key)), " ", isolated(list.join(", "))), el("br"));
  }
  return cell;
}

const follows = new Map();
for (const [from, to, days] of data.follows) {
  follows.set(from, [...(follows.get(from) || []), [to, days, true]]);
  follows.set(to, [...(follows.get(to) || []), [from, days, false]]);
}

const sureness = ([share, word]) => `${t(word)}, ${percent(share)}`;

function drawEvent(one) {
  const event = data.events[one.at];
  const reports = event.reports.map((report, at) => [report, event.reasons[at]]);
  reports.sort((x, y) => late(A.published[x[0]]) - late(A.published[y[0]]));
  const times = one.first !== null;
  const table = el("table", {}, head(times && "time", several && "outlet", "headline", "confidence", "evidence", "compare"));
  const body = el("tbody");
  for (const [report, why] of reports) {
    const cluster = A.cluster[report];
    const copies = cluster < 0 ? null : el("p", { class: "story" }, el("a", { href: link({ ...cleared("copies"), open: data.clusters[cluster].id }) },
      `+ ${number(data.clusters[cluster].members.length - 1)} ${t("copies_of")}`));
    body.append(el("tr", {}, cell(times, minute(A.published[report]), { class: "when" }), cell(several, outletOf(report) ? isolated(outletOf(report)) : ""),
      el("td", { class: "headline" }, isolated(headline(report)), el("br"), el("span", { class: "id" }, isolated(A.id[report])), copies),
      el("td", { class: "num", title: t("confidence_note") }, why ? sureness(why) : ""), why ? reason(why) : el("td"), el("td", {}, pickButton(report))));
  }
  table.append(body);
  const count = `${number(event.reports.length)} ${t(event.reports.length === 1 ? "independent_one" : "independent")}`;
  const card = el("article", { class: "card" }, heading(one, event.label), el("p", { class: "facts" }, [count, ...facts(one), ...(event.confidence ? [sureness(event.confidence)] : [])].join(" · ")), rail(event.reports));
  const storyline = [...(follows.get(one.at) || [])].sort((x, y) => x[2] - y[2]);
  for (const [other, days, later] of storyline) {
    const when = days === null ? "" : ` (${number(days)} ${t(later ? "days_after" : "days_before")})`;
    card.append(el("p", { class: "story" }, el("b", {}, t(later ? "later" : "earlier")), `${when}: `,
      el("a", { href: link({ ...cleared("events"), open: data.events[other].id }) }, isolated(data.events[other].label))));
  }
  card.append(lazy(`${count}: ${t("why_each")}`, () => wide(table, t("evidence")), one.open));
  return card;
}

// What is only looked at by a few is made when it is opened.
function lazy(title, make, open) {
  const details = el("details", {}, el("summary", {}, title));
  const fill = () => { if (details.open && details.children.length === 1) details.append(make()); };
  details.addEventListener("toggle", fill);
  if (open) { details.open = true; fill(); }
  return details;
}

const MEMBERS = 12;

function drawCluster(one) {
  const cluster = data.clusters[one.at];
  const members = [...cluster.members].sort((x, y) => x[6] !== null && y[6] !== null ? x[6] - y[6] : (A.published[x[0]] === null) - (A.published[y[0]] === null) || A.published[x[0]] - A.published[y[0]]);
  const row = (member) => {
    const [article, kind, similarity, containment, coverage, longer, later] = member;
    const time = A.published[article];
    const lag = later ? `+ ${duration(later)}` : minute(time);
    const representative = article === cluster.representative;
    return el("tr", {}, el("td", {}, article === cluster.original && cluster.first ? el("span", { class: "star", title: t("original"), role: "img", "aria-label": t("original") }, "★") : ""),
      cell(one.first !== null, lag, { class: "when", title: minute(time) }), cell(several, outletOf(article) ? isolated(outletOf(article)) : ""),
      el("td", {}, representative ? t("representative") : badge(kind)),
      el("td", { class: "num" }, representative ? "" : percent(similarity)), el("td", { class: "num" }, representative ? "" : percent(containment)),
      el("td", { class: "num" }, representative ? "" : `${percent(coverage)} / ${percent(longer)}`),
      el("td", { class: "headline" }, isolated(headline(article)), el("br"), el("span", { class: "id" }, isolated(A.id[article]))),
      el("td", { class: "compare" }, representative || !withText.has(article) || !withText.has(cluster.representative) ? "" : pairLink(article, cluster.representative), pickButton(article)));
  };
  const table = (list) => wide(el("table", {}, head("original", one.first !== null && "time", several && "outlet", "kind", "similarity", "containment", "coverage", "headline", "compare"), el("tbody", {}, list.map(row))), t("clusters"));
  const card = el("article", { class: "card" }, heading(one, headline(cluster.original)), el("p", { class: "facts" }, [...facts(one), ...(cluster.first ? [] : [t("first_unknown")]), cluster.id].join(" · ")), table(members.slice(0, MEMBERS)));
  if (members.length > MEMBERS) card.append(lazy(`${t("more")}: ${number(members.length - MEMBERS)}`, () => table(members.slice(MEMBERS)), one.open));
  return card;
}

function drawLink(one) {
  const [a, b, kind, similarity, containment, coverage, longer, , cut] = data.links[one.at];
  const [shorter, other] = A.words[a] <= A.words[b] ? [a, b] : [b, a];
  const line = (article) => el("p", { class: "story" }, [minute(A.published[article]), outletOf(article) || ""].filter(Boolean).map(oneLine).join(" · "), " ",
    isolated(headline(article)), " ", el("span", { class: "id" }, isolated(A.id[article])));
  return el("article", { class: "card" }, el("h2", {}, badge(cut ? 4 : kind), " ", isolated(headline(shorter))),
    el("p", { class: "facts" }, `${t("similarity")} ${percent(similarity)} · ${t("containment")} ${percent(containment)} · ${t("coverage")} ${percent(coverage)} / ${percent(longer)}`, withText.has(shorter) && withText.has(other) ? [" · ", pairLink(shorter, other)] : ""),
    line(shorter), line(other));
}

function drawArticle(one) {
  const at = one.at, parts = [];
  const event = A.event[at], cluster = A.cluster[at];
  if (event >= 0) parts.push(el("a", { href: link({ ...cleared("events"), open: data.events[event].id }) }, t("in_event")));
  if (cluster >= 0) parts.push(el("a", { href: link({ ...cleared("copies"), open: data.clusters[cluster].id }) }, t("in_cluster")));
  const facts = [minute(A.published[at]), outletOf(at) || "", `${number(A.words[at])} ${t("words_count")}`].filter(Boolean).map(oneLine).join(" · ");
  return el("article", { class: "card" }, el("h2", {}, isolated(headline(at))), el("p", { class: "facts" }, facts, parts.flatMap((part) => [" · ", part]), " · ", el("span", { class: "id" }, isolated(A.id[at])), " ", pickButton(at)));
}

const draw = { event: drawEvent, cluster: drawCluster, link: drawLink, article: drawArticle };

// What is exported: an object an entry, ids in place of positions, strings as they are.
function exported(one) {
  const common = { type: one.type, id: one.id, articles: one.articles.map((article) => A.id[article]), outlets: [...new Set(one.articles.map(outletOf).filter(Boolean))],
    first_published: minute(one.first), last_published: minute(one.last) };
  if (one.type === "event") return { ...common, label: data.events[one.at].label, independent: one.size };
  if (one.type === "cluster") return { ...common, label: headline(data.clusters[one.at].original), original: A.id[data.clusters[one.at].original], first: data.clusters[one.at].first ? A.id[data.clusters[one.at].original] : null, representative: A.id[data.clusters[one.at].representative] };
  if (one.type === "link") return { ...common, label: headline(data.links[one.at][0]), kind: KINDS[one.kinds[0]], similarity: data.links[one.at][3], coverage: data.links[one.at][5] };
  return { ...common, label: headline(one.at), words: A.words[one.at] };
}

// A cell that a spreadsheet would take for a formula begins with an apostrophe.
function csv(rows) {
  const names = [...new Set(rows.flatMap(Object.keys))];
  const quoted = (value) => {
    const text = Array.isArray(value) ? value.join(" ") : value === undefined ? "" : String(value);
    const safe = /^(\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  return [names.join(","), ...rows.map((row) => names.map((name) => quoted(row[name])).join(","))].join("\r\n") + "\r\n";
}
