//! A run in, a line an article out, in order of id: comma- or tab-separated.

use std::borrow::Cow;
use std::io;

use super::event_view::event_ids;
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
        let fields: Vec<Cow<'_, str>> = fields.into_iter().map(quoted).collect();
        writeln!(out, "{}", fields.join(","))?;
    }
    Ok(())
}

/// Each article with its copy cluster and its event, one alone being its own. A tab, line feed, carriage return or
/// backslash in an id is written as `\t`, `\n`, `\r`, `\\`.
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

fn escaped(id: &str) -> Cow<'_, str> {
    if !id.contains(['\t', '\n', '\r', '\\']) {
        return id.into();
    }
    id.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r").into()
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
}
