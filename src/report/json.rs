//! A view in, JSON out: whole, or an object a line.
//!
//! Numbers are written in the shortest form that reads back as the same number, so that no rounding ever lifts a value
//! over the threshold.

use std::io;

use serde::Serialize;

use super::view::{EdgeViews, View};

/// One object, indented: what `schemas/report-1.json` describes.
pub(super) fn write(view: &View<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, view)?;
    out.write_all(b"\n")
}

/// One line of JSON lines: an object with its type.
#[derive(Serialize)]
struct Line<'a, T> {
    r#type: &'a str,
    #[serde(flatten)]
    content: &'a T,
}

/// The first line of JSON lines: all but the lists.
#[derive(Serialize)]
struct Head<'a> {
    schema_version: u32,
    settings: &'a super::SettingsView,
    input: &'a super::InputView<'a>,
    search: &'a super::SearchView,
    boilerplate: &'a super::BoilerplateView<'a>,
}

/// A line `run`, then a line for each `event`, `storyline`, `copy_cluster`, `link`, and where asked for `edge` and `event_edge`, in the order of the lists.
pub(super) fn write_lines(view: &View<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let head = Head {
        schema_version: view.schema_version,
        settings: &view.settings,
        input: &view.input,
        search: &view.search,
        boilerplate: &view.boilerplate,
    };
    write_line("run", &head, out)?;
    view.events.iter().try_for_each(|event| write_line("event", event, out))?;
    view.storylines.iter().try_for_each(|storyline| write_line("storyline", storyline, out))?;
    view.copy_clusters.iter().try_for_each(|cluster| write_line("copy_cluster", cluster, out))?;
    view.links.iter().try_for_each(|link| write_line("link", link, out))?;
    view.edges.iter().flat_map(EdgeViews::iter).try_for_each(|edge| write_line("edge", &edge, out))?;
    view.event_edges.iter().flatten().try_for_each(|edge| write_line("event_edge", edge, out))
}

fn write_line<T: Serialize>(r#type: &str, content: &T, out: &mut dyn io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Line { r#type, content })?;
    out.write_all(b"\n")
}
