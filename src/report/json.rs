//! A view in, JSON out: whole, or an object a line.
//!
//! Output may end in a terminal or in the log of a build. What would steer either stands as a `\u` escape in strings, which read
//! back as they were: control characters, what turns the direction of text, and the second of two `#`, with which commands of CI
//! systems begin wherever they stand in a line.
//!
//! Numbers are written in the shortest form that reads back as the same number, so that no rounding ever lifts a value
//! over the threshold.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::layout::is_steering;
use super::view::{EdgeViews, View};

/// Writes a value as indented JSON and a line end. Strings hold nothing that steers a terminal or the log of a build: that is escaped.
///
/// # Errors
/// Those of `out` and of the value.
pub fn write_json<T: Serialize>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    write_with(PrettyFormatter::new(), value, out)
}

/// The same in one line.
///
/// # Errors
/// Those of `out` and of the value.
///
/// ```
/// let mut line = Vec::new();
/// wirecopy::report::write_json_line(&"##vso[x]", &mut line)?;
/// assert_eq!(line, b"\"#\\u0023vso[x]\"\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_json_line<T: Serialize>(value: &T, out: &mut dyn io::Write) -> io::Result<()> {
    write_with(CompactFormatter, value, out)
}

fn write_with(formatter: impl Formatter, value: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Escaping(formatter)))?;
    out.write_all(b"\n")
}

/// Writes a part of a string with these characters as escapes. All of them are of four hexadecimal digits; `is_active` gets the
/// character before as well.
pub(super) fn write_escaped<W: ?Sized + io::Write>(
    out: &mut W,
    fragment: &str,
    is_active: impl Fn(char, char) -> bool,
) -> io::Result<()> {
    let (mut written, mut before) = (0, '\0');
    for (at, c) in fragment.char_indices() {
        if is_active(before, c) {
            out.write_all(&fragment.as_bytes()[written..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            written = at + c.len_utf8();
        }
        before = c;
    }
    out.write_all(&fragment.as_bytes()[written..])
}

/// Another formatter, but for what strings hold.
struct Escaping<F>(F);

/// Passes these on as they are.
macro_rules! as_they_are {
    ($($name:ident($($argument:ident: $kind:ty),*)),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, out: &mut W $(, $argument: $kind)*) -> io::Result<()> {
            self.0.$name(out $(, $argument)*)
        }
    )*};
}

impl<F: Formatter> Formatter for Escaping<F> {
    as_they_are!(
        begin_array(),
        end_array(),
        begin_array_value(first: bool),
        end_array_value(),
        begin_object(),
        end_object(),
        begin_object_key(first: bool),
        end_object_key(),
        begin_object_value(),
        end_object_value()
    );

    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        // All that is escaped begins with one of these bytes, which few texts have.
        if !fragment.bytes().any(|byte| matches!(byte, b'#' | 0x7f | 0xc2 | 0xd8 | 0xe2)) {
            return out.write_all(fragment.as_bytes());
        }
        // What has no width between two marks is passed over by those who look for commands: so a mark behind anything but ASCII
        // is escaped, too.
        write_escaped(out, fragment, |before, c| is_steering(c) || c == '#' && (before == '#' || !before.is_ascii()))
    }
}

/// One object, indented: what `schemas/report-1.json` describes.
pub(super) fn write(view: &View<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    write_json(view, out)
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
    write_json_line(&Line { r#type, content }, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_a_log_is_escaped_and_reads_back_as_it_was() {
        let hostile = "###[x] #\u{200b}#[y] \u{9b}31m \u{7f} \u{202e} \u{2028} \x1b \n::add-mask::z # #";
        for write in [write_json::<[&str; 1]>, write_json_line::<[&str; 1]>] {
            let mut out = Vec::new();
            write(&[hostile], &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), [hostile]);
            assert!(!text.replace('\n', "").contains(is_steering) && !text.contains("##"), "{text}");
            assert!(!text.replace('\u{200b}', "").contains("##"), "{text}");
        }
    }

    #[test]
    fn all_that_steers_begins_with_a_byte_that_is_looked_for() {
        for c in ('\u{20}'..=char::MAX).filter(|&c| is_steering(c)) {
            let mut out = Vec::new();
            write_json_line(&c, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("\"\\u{:04x}\"\n", u32::from(c)));
        }
    }

    #[test]
    fn what_is_indented_stays_so() {
        let value = serde_json::json!({"a": [1, {"b": []}], "c": {}});
        let mut out = Vec::new();
        write_json(&value, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{value:#}\n"));
    }
}
