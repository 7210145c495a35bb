//! A run and its inputs in, one file out that a browser shows: nothing to install, nothing that it asks the network for.
//!
//! What can be known beforehand (numbers, pictures, notes) is made here by a template, so that it can be read, and printed, without
//! a script. Lists of thousands, search and texts side by side are made in the browser by a plain script, from data that stands in
//! the file as JSON.
//!
//! What articles say is hostile. The template escapes it, the JSON holds no `<`, and the script sets it as text. Should any of that
//! fail, the content security policy runs no script but ours and lets nothing out.

mod csp;
mod data;
mod pictures;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, Value, context, escape_formatter};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};

use super::event_view::headline;
use super::json::write_escaped;
use super::layout::{no_command, visible};
use super::view::{View, outlets};
use crate::cluster::{CopyCluster, copy_cluster_id};
use crate::events::{Event, event_id};
use crate::pipeline::Run;
use crate::read::{Inputs, ReadError};
use crate::settings::Choice;

pub(super) use csp::hash_source;

use data::Data;

/// The language of a page for the browser. In that of a report a reader may switch it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HtmlLanguage {
    /// English.
    English,
    /// Vietnamese.
    Vietnamese,
}

impl Choice for HtmlLanguage {
    const WORDS: &'static [(&'static str, Self, &'static str)] =
        &[("en", HtmlLanguage::English, "English"), ("vi", HtmlLanguage::Vietnamese, "Tiếng Việt")];
}

/// How much a file holds. What is left out is said in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HtmlOptions {
    /// In which language it begins.
    pub language: HtmlLanguage,
    /// The most articles that it lists: those of the largest events and clusters first.
    pub most_articles: usize,
    /// The most bytes of text for articles side by side: those of the largest clusters first, then of events.
    pub most_text_bytes: usize,
}

impl Default for HtmlOptions {
    /// 20,000 articles open in under two seconds (benches/runs); 12 MB are the texts of some 3,500 articles.
    fn default() -> HtmlOptions {
        HtmlOptions { language: HtmlLanguage::English, most_articles: 20_000, most_text_bytes: 12_000_000 }
    }
}

const PAGE: &str = include_str!("page.html");
/// For all pages.
pub(super) const STYLE: &str = include_str!("style.css");
const STRINGS: &str = include_str!("strings.json");

/// One script; its parts stand in the order in which they need each other.
const SCRIPT: [&str; 5] = [
    include_str!("base.js"),
    include_str!("lists.js"),
    include_str!("align.js"),
    include_str!("pair.js"),
    include_str!("main.js"),
];

/// A report that is ready to be written.
#[derive(Debug)]
pub struct Html {
    page: String,
}

impl Html {
    /// The report of `run`, whose texts are read again from `inputs`.
    ///
    /// # Errors
    /// Where the inputs can't be read again.
    pub fn of(run: &Run, inputs: &Inputs, options: &HtmlOptions) -> Result<Html, ReadError> {
        let data = Data::of(run, inputs, options)?;
        // The template is a part of the program, and tests render it.
        let page = page(run, &data, options).expect("page.html renders whatever the data");
        Ok(Html { page })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(self.page.as_bytes())
    }
}

type Strings = BTreeMap<String, BTreeMap<String, String>>;

fn page(run: &Run, data: &Data<'_>, options: &HtmlOptions) -> Result<String, minijinja::Error> {
    // As the template, so its words: a test reads them.
    let all: Strings = serde_json::from_str(STRINGS).expect("strings.json is a part of the program");
    let strings = all.get(options.language.word()).cloned().unwrap_or_default();
    let mut environment = environment();
    let words = strings.clone();
    // A word that is there in two languages, and a number that each writes its own way.
    environment.add_function("t", move |key: String| {
        let word = words.get(&key).map_or(key.as_str(), String::as_str);
        Value::from_safe_string(format!("<span data-t=\"{}\">{}</span>", escaped(&key), escaped(word)))
    });
    let separator = if options.language == HtmlLanguage::Vietnamese { "." } else { "," };
    environment.add_function("n", move |number: u64| {
        let grouped = super::layout::count(number as usize).replace(',', separator);
        Value::from_safe_string(format!("<span data-n=\"{number}\">{grouped}</span>"))
    });
    environment.add_template("page.html", PAGE)?;
    let script = SCRIPT.concat();
    let view = View::of(run, false);
    let clusters = &run.clustering.clusters;
    let copies: usize = clusters.iter().map(|cluster| cluster.members.len() - 1).sum();
    let several = run.events.iter().flat_map(|found| &found.events).filter(|event| event.reports.len() > 1);
    let (mut events, mut reports) = (0, 0);
    several.for_each(|event| (events, reports) = (events + 1, reports + event.reports.len()));
    let day = |time: &Option<String>| time.as_deref().and_then(|time| time.get(..10)).map(str::to_owned);
    let first = day(&view.input.first_published);
    let context = context! {
        lang => options.language.word(),
        strings => Value::from(Serde(strings)),
        all_strings => inert_json(&all),
        script_hash => csp::hash_source(&script),
        style_hash => csp::hash_source(STYLE),
        script => script,
        style => STYLE,
        data => inert_json(data),
        texts => inert_json(&data.texts),
        version => env!("CARGO_PKG_VERSION"),
        zone => super::layout::on_clock(&run.zone),
        period => first.zip(day(&view.input.last_published)),
        cut => Value::from(Serde(&data.cut)),
        articles => run.records.len(),
        outlet_count => if outlets(run) > 1 { outlets(run) } else { 0 },
        copies => copies,
        share => tenths(copies, run.records.len()),
        clusters => clusters.len(),
        has_events => run.events.is_some(),
        events => events,
        reports => reports,
        links => run.clustering.links.len(),
        largest_events => Value::from(Serde(&largest_events(run))),
        largest_clusters => Value::from(Serde(&largest_clusters(run))),
        timeline => Value::from(Serde(&pictures::timeline(run))),
        histogram => Value::from(Serde(&pictures::histogram(run))),
        matrix => Value::from(Serde(&pictures::matrix(run))),
        aside => Value::from(Serde(&aside(&view))),
        aside_examples => Value::from(Serde(view.input.set_aside.examples)),
        shells => view.boilerplate.shells,
        shell_examples => Value::from(Serde(view.boilerplate.examples)),
        candidates => view.search.candidates,
        large_groups => view.search.large_groups,
        settings => Value::from(Serde(&settings(run))),
        fingerprint => view.settings.fingerprint,
    };
    environment.get_template("page.html")?.render(context)
}

/// An environment in which whatever is not marked as safe is escaped.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => Ok(write!(out, "{}", no_command_in(&HtmlEscape(text).to_string()))?),
        _ => escape_formatter(out, state, value),
    });
    environment.add_filter("visible", |text: String| visible(&text).into_owned());
    environment
}

/// Escaped text in which a log of a build, should the page go there, finds no command: the character that would make one stands as a
/// reference.
fn no_command_in(escaped: &str) -> String {
    let line = |line: &str| match no_command(line) {
        Cow::Borrowed(line) => line.to_owned(),
        // A mark behind `&` belongs to a reference already.
        Cow::Owned(_) => line
            .split("&#")
            .map(|part| part.replace('#', "&num;").replace(':', "&colon;"))
            .collect::<Vec<_>>()
            .join("&#"),
    };
    escaped.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A page of another template.
///
/// # Errors
/// Where the template can't be rendered: a fault of ours.
pub(super) fn rendered(template: &'static str, context: Value) -> Result<String, minijinja::Error> {
    let mut environment = environment();
    environment.add_template("page.html", template)?;
    environment.get_template("page.html")?.render(context)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A share in percent with one digit, rounded down.
fn tenths(part: usize, whole: usize) -> String {
    let tenths = (part * 1_000).checked_div(whole).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// An entry of a list of the largest.
#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    label: String,
    size: usize,
}

/// So many of the largest are told first.
const LARGEST: usize = 6;

fn largest_events(run: &Run) -> Vec<Entry> {
    let events = run.events.iter().flat_map(|found| &found.events).filter(|event| event.reports.len() > 1);
    let entry = |event: &Event| {
        let representative = &run.records[event.representative as usize];
        Entry {
            id: event_id(&representative.id),
            label: event.label(headline(representative)),
            size: event.reports.len(),
        }
    };
    events.take(LARGEST).map(entry).collect()
}

fn largest_clusters(run: &Run) -> Vec<Entry> {
    let entry = |cluster: &CopyCluster| Entry {
        id: copy_cluster_id(&run.records[cluster.representative as usize].id),
        label: headline(&run.records[cluster.original as usize]).to_owned(),
        size: cluster.members.len(),
    };
    run.clustering.clusters.iter().take(LARGEST).map(entry).collect()
}

/// How many of something.
#[derive(Debug, Serialize)]
struct Count {
    what: &'static str,
    count: u64,
}

/// What was set aside.
fn aside(view: &View<'_>) -> Vec<Count> {
    let aside = &view.input.set_aside;
    let counts = [
        ("bad_records", aside.bad_records),
        ("empty", aside.empty as u64),
        ("repeated", aside.repeated as u64),
        ("renamed", aside.renamed as u64),
        ("undated_count", aside.undated),
        ("lossy", aside.lossy),
        ("unnamed", aside.unnamed),
        ("lead_as_text", aside.lead_as_text),
        ("title_as_text", aside.title_as_text),
        ("markup", aside.markup),
        ("unread_fields", aside.unread_fields),
        ("truncated", aside.truncated.len() as u64),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(what, count)| Count { what, count }).collect()
}

/// The options in force, as the command line takes them.
fn settings(run: &Run) -> Vec<BTreeMap<&'static str, String>> {
    let one = |(option, value): (&crate::settings::OptionSpec, String)| {
        BTreeMap::from([("name", option.name.to_owned()), ("value", value)])
    };
    run.settings.shaping().map(one).collect()
}

/// JSON in which nothing can end a script element, begin a comment, or turn the direction of the source: such characters stand as
/// `\u` escapes.
fn inert_json(value: &impl Serialize) -> String {
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, Inert);
    // Neither a vector nor our own types fail, and what is escaped is whole characters.
    value.serialize(&mut serializer).expect("our data is JSON");
    String::from_utf8(out).expect("JSON is UTF-8")
}

struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        write_escaped(out, fragment, |_, c| is_active(c))
    }

    fn write_char_escape<W: ?Sized + io::Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        let short: &[u8] = match escape {
            CharEscape::Quote => b"\\\"",
            CharEscape::ReverseSolidus => b"\\\\",
            CharEscape::Solidus => b"/",
            CharEscape::Backspace => b"\\b",
            CharEscape::FormFeed => b"\\f",
            CharEscape::LineFeed => b"\\n",
            CharEscape::CarriageReturn => b"\\r",
            CharEscape::Tab => b"\\t",
            CharEscape::AsciiControl(byte) => return write!(out, "\\u{byte:04x}"),
        };
        out.write_all(short)
    }
}

/// What may not stand in the source; all of it is of four hexadecimal digits.
fn is_active(c: char) -> bool {
    // Two marks would begin a command in the log of a build.
    matches!(c, '<' | '>' | '&' | '#' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_inert_and_reads_back_as_it_was() {
        let hostile = "</script><!--<script>&\u{202e}\u{2028}\u{0}\u{85}\"\\ \u{10ffff} Việt";
        let json = inert_json(&vec![hostile, "plain"]);
        assert!(!json.contains(['<', '>', '&', '\u{202e}', '\u{2028}', '\u{85}']), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [hostile, "plain"]);
    }

    #[test]
    fn both_languages_have_the_same_words() {
        let all: Strings = serde_json::from_str(STRINGS).unwrap();
        let keys = |language: &str| all[language].keys().collect::<Vec<_>>();
        assert_eq!(keys("en"), keys("vi"));
        assert!(all.values().flat_map(BTreeMap::values).all(|word| !word.trim().is_empty()));
        // Every word that the template and the script ask for by name is there.
        let sources = [PAGE, &SCRIPT.concat()].concat();
        let starts = [" t(\"", "{t(\"", "(t(\"", "data-t-label=\"", "data-t-placeholder=\""];
        let asked =
            starts.iter().flat_map(|start| sources.split(start).skip(1)).filter_map(|rest| rest.split_once('"'));
        // Some are put together from two parts.
        let asked = asked.map(|(key, _)| key).filter(|key| !key.contains('{') && !key.ends_with('_'));
        let asked: Vec<&str> = asked.collect();
        assert!(asked.len() > 60, "{}", asked.len());
        for key in asked {
            assert!(all["en"].contains_key(key), "{key}");
        }
    }

    #[test]
    fn the_page_itself_holds_no_address_and_no_handler() {
        let script = SCRIPT.concat();
        let sources = [PAGE, STYLE, &script].concat().replace("http://www.w3.org/2000/svg", "");
        for what in ["http:", "https:", "//cdn", "@import", "url(", "innerHTML", "outerHTML", "insertAdjacentHTML"] {
            assert!(!sources.contains(what), "{what}");
        }
        for what in ["document.write", "eval(", "onclick=", "onload=", "style=\""] {
            assert!(!sources.contains(what), "{what}");
        }
        assert!(!script.to_lowercase().contains("</script"), "it would end its own element");
    }
}
