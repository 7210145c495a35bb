// Looks at reports for the browser without one: that the script is a script and its policy allows it, that nothing is asked of a
// network, that the data read back, and that the page lays two texts side by side as wirecopy did.
//
//     node tests/browser/smoke.mjs REPORT.html...
//
// Exits 1 where something is wrong, and says what. tests/browser/report.py uses reports in a browser.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import vm from "node:vm";

let failed = 0;
function that(holds, what) {
  console.log(`  ${holds ? "ok    " : "FAILED"} ${what}`);
  if (!holds) failed++;
}

const align = new URL("../../src/report/html/align.js", import.meta.url);
const { laid, wordsOf } = vm.runInNewContext(`${readFileSync(align, "utf8")}\n({ laid, wordsOf })`);
const hash = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

// The words of a text that these ranges hold, by their places.
function covered(words, ranges) {
  const places = new Set();
  for (let at = 0; at < ranges.length; at += 2) words.forEach(([from, to], place) => { if (ranges[at] <= from && to <= ranges[at + 1]) places.add(place); });
  return places;
}

for (const path of process.argv.slice(2)) {
  console.log(path);
  const page = readFileSync(path, "utf8");
  const scripts = [...page.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)].map(([, attributes, text]) => ({ attributes, text }));
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)[1];
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)[1].replaceAll("&#x2f;", "/");
  const code = scripts.filter((one) => !one.attributes.includes("application/json"));
  that(code.length === 1 && policy.includes(`'${hash(code[0].text)}'`), "one script, which the policy allows");
  that(policy.includes(`'${hash(style)}'`) && policy.startsWith("default-src 'none'"), "one style, which it allows, and nothing else");
  let said = "";
  try { new vm.Script(code[0].text); } catch (error) { said = String(error); }
  that(said === "", `the script is one ${said}`);
  const markup = page.replace(/<script[^>]*>[\s\S]*?<\/script>/g, "");
  that(!/\s(?:src|action|formaction|poster|srcset)=|url\(|@import|<(?:link|iframe|object|embed|base)\b/i.test(markup), "nothing is fetched");
  that([...markup.matchAll(/\shref="([^"]*)"/g)].every(([, to]) => to.startsWith("#")), "links stay in the page");
  that(!/<[^>]*\son[a-z]+=/i.test(markup.replace(/"[^"]*"/g, '""')), "no handler stands in an element");
  const part = (id) => JSON.parse(scripts.find((one) => one.attributes.includes(`id="${id}"`)).text);
  const [data, texts, strings] = ["data", "texts", "strings"].map(part);
  that(Object.keys(strings.en).join() === Object.keys(strings.vi).join(), "both languages have the same words");
  const wrong = [];
  let shared = 0, pairs = 0;
  for (const [key, known] of Object.entries(texts.pairs)) {
    const [a, b] = key.split("-").map(Number);
    const outs = [a, b].map((place) => texts.left_out[place] || []);
    const here = laid(texts.texts[a], outs[0], texts.texts[b], outs[1], data.window_words);
    for (const [place, out, ours, theirs] of [[a, outs[0], here.sharedA, known[0]], [b, outs[1], here.sharedB, known[1]]]) {
      const words = wordsOf(texts.texts[place], out);
      const [one, other] = [covered(words, ours), covered(words, theirs)];
      shared += one.size;
      if (one.size !== other.size || [...one].some((word) => !other.has(word))) wrong.push(`${data.articles.id[place]} in ${key}: ${one.size} words, expected ${other.size}`);
    }
    pairs++;
  }
  that(wrong.length === 0, `${pairs} pairs are laid side by side as wirecopy did, ${shared} shared words ${wrong.slice(0, 3).join("; ")}`);
  const numbers = [];
  for (const [a, b, , similarity, containment, coverage, longer] of data.links.map((link) => [link[0], link[1], link[2], ...link.slice(3, 7)])) {
    if (!(a in texts.texts) || !(b in texts.texts)) continue;
    const here = laid(texts.texts[a], texts.left_out[a] || [], texts.texts[b], texts.left_out[b] || [], data.window_words);
    const gap = Math.max(...[[here.similarity, similarity], [here.containment, containment], [here.coverage, coverage], [here.longer, longer]].map(([x, y]) => Math.abs(x - y)));
    if (gap > 1.01e-4) numbers.push(`${data.articles.id[a]} ${data.articles.id[b]}: ${gap}`);
  }
  that(numbers.length === 0, `and of ${data.links.length} related pairs the numbers are the same ${numbers.slice(0, 3).join("; ")}`);
}
process.exit(failed ? 1 : 0);
