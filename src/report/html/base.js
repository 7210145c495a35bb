// What is in the file, and the small things that every view needs: words of the language, numbers, safe text, elements.
// Everything of an article goes into the page as text, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const strings = JSON.parse(document.getElementById("strings").textContent);
const byId = (id) => document.getElementById(id);
const KINDS = ["identical", "copy", "excerpt", "template", "cut"];
let lang = document.documentElement.lang;
const t = (key) => strings[lang][key] || key;

// Control characters, and those that turn the direction of what follows, are shown as what they are.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const shown = (text) => String(text).replace(HIDDEN, (c) => c === "\r" ? " " : `⟨${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
const oneLine = (text) => shown(String(text).replace(/\s+/g, " "));

// An element with attributes and children: strings become text.
function el(name, attributes, ...children) {
  const made = name.startsWith("svg:") ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== "") made.append(child);
  return made;
}
const isolated = (text) => el("bdi", {}, oneLine(text));

const number = (value) => new Intl.NumberFormat(lang === "vi" ? "vi-VN" : "en-US").format(value);
// Never rounded up: what is below a threshold never looks as if it reached it.
const percent = (share) => `${Math.floor(share * 100 + 1e-9)} %`;
const counted = (count, key) => `${number(count)} ${t(count === 1 ? key + "_one" : key + "_many")}`;
// A time that the calendar does not reach has no name.
function iso(seconds) {
  const date = seconds === null ? NaN : new Date(seconds * 1000);
  return isNaN(date) ? "" : date.toISOString();
}
// A day alone has half a second.
const minute = (seconds) => Number.isInteger(seconds) ? iso(seconds).slice(0, 16).replace("T", " ") : dayOf(seconds);
const dayOf = (seconds) => iso(seconds).slice(0, 10);
function duration(seconds) {
  const units = lang === "vi" ? ["giây", "phút", "giờ", "ngày"] : ["s", "min", "h", "d"];
  const two = (large, a, small, b) => small ? `${large} ${units[a]} ${small} ${units[b]}` : `${large} ${units[a]}`;
  const minutes = Math.floor(seconds / 60), hours = Math.floor(seconds / 3600), days = Math.floor(seconds / 86400);
  if (seconds < 60) return `${seconds} ${units[0]}`;
  if (seconds < 3600) return `${minutes} ${units[1]}`;
  return seconds < 86400 ? two(hours, 2, minutes % 60, 1) : two(days, 3, hours % 24, 2);
}

const A = data.articles;
const outletOf = (article) => A.outlet[article] < 0 ? null : data.outlets[A.outlet[article]];
const headline = (article) => A.title[article] || A.id[article];
const folded = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
