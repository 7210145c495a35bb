// Two texts in, what both have and what is changed out: for pairs that were not verified when the report was made. Words are those
// of wirecopy (runs of letters and digits, whatever their case, Unicode form and the place of a tone mark), boilerplate is left out,
// and what counts as shared are runs of as many words as a shingle has. A test holds it against the pairs that wirecopy aligned.
// Nothing here touches the page.
const IGNORED = "\\u00ad\\u034f\\u061c\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff\\u{e0000}-\\u{e0fff}";
// Scripts that write no spaces between words: there each letter is one.
const ALONE = "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u2e80-\\u2fdf\\u3005-\\u3007\\u3021-\\u3029\\u3031-\\u303c\\u3041-\\u30ff\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua9e0-\\ua9fe\\uaa60-\\uaa7f\\uf900-\\ufaff\\uff66-\\uff9f\\u{1b000}-\\u{1b16f}\\u{20000}-\\u{3ffff}";
const LETTER = `(?:(?![${ALONE}])[\\p{Alphabetic}\\p{N}]|[${ALONE}](?<=\\p{N}))`;
const WORD = new RegExp(`(?!\\p{M})(?:${LETTER}(?:${LETTER}|[\\p{M}${IGNORED}])*|(?=\\p{Alphabetic})[${ALONE}][\\p{M}${IGNORED}]*)`, "gu");
const DROPPED = new RegExp(`[${IGNORED}]`, "gu");
const TONED_LAST = /o([\u0300\u0301\u0303\u0309\u0323])([ae])$/;
const TONED_U = /(^|[^q])u([\u0300\u0301\u0303\u0309\u0323])y$/;

function foldedWord(word) {
  const small = [...word.replace(DROPPED, "").normalize("NFC")].map((c) => c.toUpperCase().toLowerCase()).join("");
  // Old tone-mark placement made new: hòa is hoà.
  return small.normalize("NFD").replace(TONED_LAST, "o$2$1").replace(TONED_U, "$1uy$2").normalize("NFC");
}

// The words that count: [from, to, word, begins a sentence]; `leftOut` is a flat list of from and to.
function wordsOf(text, leftOut) {
  const words = [];
  let end = 0, at = 0;
  for (const found of text.matchAll(WORD)) {
    const from = found.index, to = from + found[0].length;
    const begins = words.length === 0 || /[\n\r\u2028\u2029。！？]|[.!?…][^\p{L}\p{N}]*\s/u.test(text.slice(end, from));
    end = to;
    while (at < leftOut.length && leftOut[at + 1] <= from) at += 2;
    if (at < leftOut.length && leftOut[at] <= from) continue;
    words.push([from, to, foldedWord(found[0]), begins]);
  }
  return words;
}

// Words by numbers that both texts share.
function numbered(a, b) {
  const numbers = new Map();
  const of = (words) => words.map((word) => { if (!numbers.has(word[2])) numbers.set(word[2], numbers.size); return numbers.get(word[2]); });
  return [of(a), of(b)];
}

// Each shingle with the places where it stands.
function shinglesOf(words, window) {
  const places = new Map();
  for (let at = 0; at + window <= words.length; at++) {
    const key = words.slice(at, at + window).join(" ");
    const known = places.get(key);
    if (known) known.push(at); else places.set(key, [at]);
  }
  return places;
}

// Which words stand in shingles that the other has.
function covered(own, other, count, window) {
  const inside = new Array(count).fill(false);
  for (const [key, places] of own) if (other.has(key)) for (const place of places) inside.fill(true, place, place + window);
  return inside;
}

// The longest chain of pairs that rises on both sides; `pairs` are in order of the first.
function rising(pairs) {
  const tails = [], before = [];
  pairs.forEach(([, b], index) => {
    let low = 0, high = tails.length;
    while (low < high) { const middle = (low + high) >> 1; if (pairs[tails[middle]][1] < b) low = middle + 1; else high = middle; }
    before.push(low ? tails[low - 1] : -1);
    tails[low] = index;
  });
  const chain = [];
  for (let at = tails.length ? tails[tails.length - 1] : -1; at >= 0; at = before[at]) chain.push(pairs[at]);
  return chain.reverse();
}

const MOST_CELLS = 64 * 64;

// A longest common subsequence, as pairs of places; none where that would cost too much.
function common(a, b) {
  if (a.length * b.length > MOST_CELLS) return [];
  const width = b.length + 1, best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--)
    best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++; else j++;
  }
  return pairs;
}

// Where the words of one stand in place of words of the other: [from, to, from, to] of the first and the second.
function changesOf(a, b, shinglesA, shinglesB) {
  const single = [];
  for (const [key, places] of shinglesA) {
    const others = shinglesB.get(key);
    if (others && places.length === 1 && others.length === 1) single.push([places[0], others[0]]);
  }
  single.sort((x, y) => x[0] - y[0]);
  const changes = [];
  let fromA = 0, fromB = 0;
  const gap = (toA, toB) => {
    let lastA = fromA, lastB = fromB;
    const replaced = (nextA, nextB) => { if (lastA < nextA && lastB < nextB) changes.push([lastA, nextA, lastB, nextB]); };
    for (const [i, j] of common(a.slice(fromA, toA), b.slice(fromB, toB))) {
      replaced(fromA + i, fromB + j);
      [lastA, lastB] = [fromA + i + 1, fromB + j + 1];
    }
    replaced(toA, toB);
  };
  for (const [toA, toB] of [...rising(single), [a.length, b.length]]) {
    if (toA < fromA || toB < fromB) continue;
    gap(toA, toB);
    let run = 0;
    while (toA + run < a.length && toB + run < b.length && a[toA + run] === b[toB + run]) run++;
    [fromA, fromB] = [toA + run, toB + run];
  }
  return changes;
}

const isFigure = (word) => /\p{N}/u.test(word[2]);
const isTelling = (word, text) => isFigure(word) || (!word[3] && /^\p{Lu}/u.test(text.slice(word[0], word[1])));

// The places of words in the text, those that follow each other put together unless boilerplate stands between.
function rangesOf(words, inside, leftOut) {
  const ranges = [];
  const apart = (from, to) => { for (let at = 0; at < leftOut.length; at += 2) if (leftOut[at] >= from && leftOut[at] < to) return true; return false; };
  words.forEach(([from, to], at) => {
    if (!inside[at]) return;
    if (at && inside[at - 1] && !apart(words[at - 1][1], from)) ranges[ranges.length - 1] = to; else ranges.push(from, to);
  });
  return ranges;
}

// From this share of the shorter text on, two texts are versions of one, and what differs between them is a change.
const VERSIONS = 0.2;

// Both texts laid side by side. Of versions of one text `changed` are the numbers and names that stand in place of others; of two
// texts those that the other has nowhere.
function laid(textA, leftOutA, textB, leftOutB, windowWords) {
  const [wordsA, wordsB] = [wordsOf(textA, leftOutA), wordsOf(textB, leftOutB)];
  const [a, b] = numbered(wordsA, wordsB);
  const window = Math.min(windowWords, a.length, b.length);
  const none = { sharedA: [], sharedB: [], changedA: [], changedB: [], similarity: 0, containment: 0, coverage: 0, longer: 0, versions: false };
  if (!window) return none;
  // A text shorter than a shingle is one of its own, of all its words.
  const [shinglesA, shinglesB] = [shinglesOf(a, window), shinglesOf(b, window)];
  const [insideA, insideB] = [covered(shinglesA, shinglesB, a.length, window), covered(shinglesB, shinglesA, b.length, window)];
  const share = (inside) => inside.filter(Boolean).length / inside.length;
  const shared = [...shinglesA.keys()].filter((key) => shinglesB.has(key)).length;
  const [ofA, ofB] = [share(insideA), share(insideB)];
  const coverage = a.length === b.length ? Math.max(ofA, ofB) : a.length < b.length ? ofA : ofB;
  const versions = coverage >= VERSIONS;
  let [tellingA, tellingB] = [new Array(a.length).fill(false), new Array(b.length).fill(false)];
  if (versions) {
    for (const [fromA, toA, fromB, toB] of changesOf(a, b, shinglesA, shinglesB)) {
      const telling = wordsA.slice(fromA, toA).some((word) => isTelling(word, textA)) || wordsB.slice(fromB, toB).some((word) => isTelling(word, textB));
      const moved = insideA.slice(fromA, toA).every(Boolean) && insideB.slice(fromB, toB).every(Boolean);
      if (telling && !moved) { tellingA.fill(true, fromA, toA); tellingB.fill(true, fromB, toB); }
    }
  } else {
    const [hasA, hasB] = [new Set(a), new Set(b)];
    tellingA = wordsA.map((word, at) => !hasB.has(a[at]) && isTelling(word, textA));
    tellingB = wordsB.map((word, at) => !hasA.has(b[at]) && isTelling(word, textB));
  }
  return {
    sharedA: rangesOf(wordsA, insideA, leftOutA), sharedB: rangesOf(wordsB, insideB, leftOutB),
    changedA: rangesOf(wordsA, tellingA, leftOutA), changedB: rangesOf(wordsB, tellingB, leftOutB),
    similarity: shared / (shinglesA.size + shinglesB.size - shared), containment: shared / Math.min(shinglesA.size, shinglesB.size),
    coverage, longer: a.length === b.length ? Math.min(ofA, ofB) : a.length < b.length ? ofB : ofA, versions,
  };
}
