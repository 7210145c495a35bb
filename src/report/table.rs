//! A run in, a line an article out, in order of id: comma- or tab-separated.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

use super::event_view::event_ids;
use super::layout::{command_at, harmless, is_steering, no_command};
use super::view::Places;
use crate::cluster::{SAME, copy_cluster_id};
use crate::pipeline::Run;
use crate::verify::Kind;

const CSV_COLUMNS: [&str; 11] = [
    "id",
    "copy_cluster",
    "event",
    "kind",
    "similarity",
    "containment",
    "coverage",
    "original",
    "source",
    "published",
    "title",
];

/// All that is known of each article, as RFC 4180 has it but with bare line feeds. Numbers compare it with its cluster's
/// representative; a lone article is identical to itself.
///
/// People open it with a spreadsheet, so no cell is a formula: see [`plain`]. What needs the exact bytes of an id takes JSON.
pub(super) fn write_csv(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::of(run);
    writeln!(out, "{}", CSV_COLUMNS.join(","))?;
    let events = event_ids(run);
    for ((record, event), article) in run.records.iter().zip(&events).zip(0..) {
        let member = places.member(article);
        let (comparison, kind) = member.map_or((SAME, Kind::Identical), |(_, member)| (member.comparison, member.kind));
        let original = member.map_or(article, |(cluster, _)| cluster.original);
        let representative = places.representative(article);
        let fields: [Cow<'_, str>; 11] = [
            record.id.as_str().into(),
            copy_cluster_id(representative).into(),
            event.as_str().into(),
            kind.name().into(),
            comparison.similarity.to_string().into(),
            comparison.containment.to_string().into(),
            comparison.coverage.to_string().into(),
            run.records[original as usize].id.as_str().into(),
            record.source.as_deref().unwrap_or("").into(),
            record.published.map(|time| time.to_string()).unwrap_or_default().into(),
            record.title.as_deref().unwrap_or("").into(),
        ];
        let fields: Vec<Cow<'_, str>> = fields.into_iter().map(|field| quoted(plain(field))).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

/// Each article with its copy cluster and its event, one alone being its own. In an id a tab, line feed, carriage return or
/// backslash is written as `\t`, `\n`, `\r`, `\\`, and what steers a terminal or a log, or makes the id a formula, as `\u` and four
/// hexadecimal digits.
pub(super) fn write_tsv(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let places = Places::of(run);
    out.write_all(b"id\tcopy_cluster\tevent\n")?;
    let events = event_ids(run);
    for ((record, event), article) in run.records.iter().zip(&events).zip(0..) {
        let representative = places.representative(article);
        let cluster = copy_cluster_id(representative);
        writeln!(out, "{}\t{cluster}\t{event}", escaped(&record.id))?;
    }
    Ok(())
}

fn quoted(field: Cow<'_, str>) -> Cow<'_, str> {
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")).into() } else { field }
}

/// A cell that a spreadsheet shows and does not run, and that means nothing to a terminal or the log of a build: an apostrophe
/// stands before what would be a formula. Source: OWASP, CSV Injection.
fn plain(cell: Cow<'_, str>) -> Cow<'_, str> {
    let cell: Cow<'_, str> = match harmless(&cell) {
        Cow::Borrowed(_) => cell,
        Cow::Owned(shown) => shown.into(),
    };
    if begins_a_formula(&cell) { format!("'{cell}").into() } else { cell }
}

/// Whether a spreadsheet may take it for a formula. Spaces before it and the wide forms that some keyboards write make no difference
/// to all of them.
fn begins_a_formula(cell: &str) -> bool {
    cell.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

fn escaped(id: &str) -> Cow<'_, str> {
    let mut leads = begins_a_formula(id) || command_at(id).is_some();
    let is_plain = |c: char| c != '\\' && !is_steering(c);
    if !leads && id.chars().all(is_plain) && matches!(no_command(id), Cow::Borrowed(_)) {
        return id.into();
    }
    let mut written = String::with_capacity(id.len() + 8);
    for (at, c) in id.char_indices() {
        let first =
            leads && matches!(c, ':' | '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}');
        leads &= !first;
        match c {
            '\\' => written.push_str("\\\\"),
            '\t' => written.push_str("\\t"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            // A mark behind anything but ASCII may stand behind another that it only seems to be apart from.
            '#' if id[..at].ends_with(|before: char| before == '#' || !before.is_ascii()) => {
                written.push_str("\\u0023")
            }
            c if first || is_steering(c) => _ = write!(written, "\\u{:04x}", u32::from(c)),
            c => written.push(c),
        }
    }
    written.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_with_a_comma_a_quote_or_a_line_end_is_quoted() {
        let quoted = |field| super::quoted(Cow::Borrowed(field)).into_owned();
        assert_eq!(["a", "a,b", "a\"b", "a\nb"].map(quoted), ["a", "\"a,b\"", "\"a\"\"b\"", "\"a\nb\""]);
    }

    #[test]
    fn an_id_with_a_tab_stays_in_its_column() {
        assert_eq!(
            ["a", "a\tb", "a\\tb", "a\r\n"].map(|id| escaped(id).into_owned()),
            ["a", "a\\tb", "a\\\\tb", "a\\r\\n"]
        );
    }

    #[test]
    fn no_id_of_a_line_is_a_command_or_a_formula() {
        let ids = [
            ("::add-mask::x", "\\u003a:add-mask::x"),
            ("a##vso[x", "a#\\u0023vso[x"),
            ("\u{1b}[31m\u{202e}", "\\u001b[31m\\u202e"),
            ("=1+1", "\\u003d1+1"),
            (" -x", " \\u002dx"),
            ("a-b+c::d#e", "a-b+c::d#e"),
        ];
        for (id, expected) in ids {
            assert_eq!(escaped(id), expected);
        }
    }

    #[test]
    fn no_cell_is_a_formula_or_steers_a_log() {
        let plain = |cell| plain(Cow::Borrowed(cell)).into_owned();
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\u{ff1d}1"] {
            assert!(plain(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(["a=1", "1-0 sau hiệp một", ""].map(plain), ["a=1", "1-0 sau hiệp một", ""]);
        assert_eq!(plain("a\n::add-mask::b"), "a ::add-mask::b");
        assert_eq!(plain("::add-mask::b ##[x]"), ": :add-mask::b # #[x]");
    }
}
