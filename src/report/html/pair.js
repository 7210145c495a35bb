// Two articles side by side: what stands in both is marked, what only one has is not, and changed numbers and names stand out.

// The text in pieces, cut wherever a mark begins or ends. `shared` and `changed` are flat lists of from and to.
function marked(text, shared, changed) {
  const cuts = new Set([0, text.length, ...shared, ...changed]);
  const places = [...cuts].filter((place) => place <= text.length).sort((x, y) => x - y);
  const inside = (list, from) => { for (let at = 0; at < list.length; at += 2) if (list[at] <= from && from < list[at + 1]) return true; return false; };
  const box = el("div", { class: "text", dir: "auto" });
  for (let at = 0; at + 1 < places.length; at++) {
    const piece = shown(text.slice(places[at], places[at + 1]));
    if (inside(changed, places[at])) box.append(el("strong", { class: "changed" }, piece));
    else if (inside(shared, places[at])) box.append(el("mark", {}, piece));
    else box.append(/[\p{L}\p{N}]/u.test(piece) ? el("span", { class: "only" }, piece) : piece);
  }
  return box;
}

function drawPair(state) {
  const box = byId("pair");
  box.replaceChildren();
  const [a, b] = [A.id.indexOf(state.a), A.id.indexOf(state.b)];
  const found = a < 0 || b < 0 ? null : data.pairs[`${a}-${b}`] || data.pairs[`${b}-${a}`];
  if (!found) {
    box.append(el("p", { class: "note" }, t("no_text")));
    return;
  }
  const turned = !data.pairs[`${a}-${b}`];
  const [sharedA, sharedB, changedA, changedB] = turned ? [found[1], found[0], found[3], found[2]] : found;
  const numbers = pairNumbers(a, b);
  if (numbers) {
    box.append(el("ul", { class: "numbers" }, el("li", {}, badge(numbers[0])), ["similarity", "containment", "coverage"].map((key, at) =>
      el("li", {}, `${t(key)} ${percent(numbers[at + 1])}${key === "coverage" ? ` / ${percent(numbers[4])}` : ""}`))));
  }
  box.append(el("p", { class: "legend" }, el("mark", {}, t("shared")), "  ", el("span", { class: "only" }, t("only_here")), "  ", el("strong", { class: "changed" }, t("changed"))));
  const side = (article, shared, changed) => el("section", { class: "side" }, el("h2", {}, isolated(headline(article))),
    el("p", { class: "facts muted" }, [minute(A.published[article]), outletOf(article) || t("unknown_outlet"), `${number(A.words[article])} ${t("words_count")}`].filter(Boolean).map(oneLine).join(" · "), " ", el("span", { class: "id" }, isolated(A.id[article]))),
    marked(data.texts[article], shared, changed));
  box.append(el("div", { class: "sides" }, side(a, sharedA, changedA), side(b, sharedB, changedB)));
}

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
