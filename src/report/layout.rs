//! Pieces of text in, pieces that line up on a terminal out: widths, cuts, colors, numbers, durations.

use std::borrow::Cow;
use std::fmt;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::article::Published;

/// A line of text from outside that is safe in a terminal and in the log of a build: without control characters, line ends and
/// bidirectional controls, and without what CI systems take for a command.
///
/// GitHub Actions reads a line as a command that begins with `::`, after any spaces; Azure Pipelines, TeamCity and old GitHub runners
/// read `##vso[`, `##teamcity[` and `##[` anywhere in a line. So `##` and a leading `::` are kept apart by a space. Characters that
/// have no width do not help: the runners compare texts by the rules of a language, which pass over them.
///
/// ```
/// use wirecopy::report::harmless;
/// assert_eq!(harmless("a\x1b[31mb\nc\u{202e}d"), "a\u{fffd}[31mb c\u{fffd}d");
/// assert_eq!(harmless("  ::add-mask::x ##vso[task]"), "  : :add-mask::x # #vso[task]");
/// ```
pub fn harmless(text: &str) -> Cow<'_, str> {
    match visible(text) {
        Cow::Borrowed(text) => no_command(text),
        Cow::Owned(text) => no_command(&text).into_owned().into(),
    }
}

/// A line, which may hold colors of ours, without what CI systems take for a command: see [`harmless`].
pub(super) fn no_command(line: &str) -> Cow<'_, str> {
    let line = hashes_apart(line);
    match command_at(&line) {
        Some(at) => format!("{} {}", &line[..at], &line[at..]).into(),
        None => line,
    }
}

/// Where in a line that begins with `::` the first colon ends.
pub(super) fn command_at(line: &str) -> Option<usize> {
    let behind = begin(line).strip_prefix(':')?;
    behind.trim_start_matches(has_no_width).starts_with(':').then(|| line.len() - behind.len())
}

/// What of a line comes behind spaces, colors and what has no width.
fn begin(line: &str) -> &str {
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || has_no_width(c));
        let color = rest.strip_prefix("\x1b[").and_then(|rest| rest.split_once('m'));
        match color.filter(|(numbers, _)| numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b';')) {
            Some((_, behind)) => rest = behind,
            None => return rest,
        }
    }
}

/// `text` in which no two `#` stand side by side.
pub(super) fn hashes_apart(text: &str) -> Cow<'_, str> {
    let mut apart = String::new();
    let (mut written, mut after_hash) = (0, false);
    for (at, c) in text.char_indices().filter(|(_, c)| !has_no_width(*c)) {
        if c == '#' && after_hash {
            apart += &text[written..at];
            apart.push(' ');
            written = at;
        }
        after_hash = c == '#';
    }
    if written == 0 { text.into() } else { (apart + &text[written..]).into() }
}

/// Characters that comparing by the rules of a language passes over, as far as [`visible`] leaves them.
fn has_no_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}')
        || matches!(c, '\u{206a}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// `text` with nothing in it that could steer a terminal or turn the direction of what follows: control characters and
/// line ends become spaces, escape and bidirectional controls U+FFFD.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_steering) {
        return text.into();
    }
    let shown = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        c if is_steering(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Whether a character could steer a terminal, end a line, or turn the direction of what follows.
pub(super) fn is_steering(c: char) -> bool {
    c.is_control() || is_bidi(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` made visible and cut to at most `width` columns, with an ellipsis where something is missing. A base letter
/// keeps its marks.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text = visible(text);
    if columns(&text) <= width {
        return text.into_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        cut.push(c);
    }
    let mut cut = cut.trim_end().to_owned();
    if width > 0 {
        cut.push('…');
    }
    cut
}

/// [`fit`], then filled with spaces to exactly `width` columns.
pub(super) fn cell(text: &str, width: usize) -> String {
    let mut cell = fit(text, width);
    cell.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(&cell))));
    cell
}

/// [`cell`] with the spaces before the text.
pub(super) fn cell_right(text: &str, width: usize) -> String {
    let text = fit(text, width);
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(&text))))
}

/// `text` broken at spaces into lines of at most `width` columns; a number and its `%` stay together. A longer word is broken
/// between two letters, which is how scripts without spaces are broken: a base letter keeps its marks.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = visible(text);
    let mut lines: Vec<String> = Vec::new();
    let mut rest = &*text;
    while !rest.is_empty() {
        let end = rest.match_indices(' ').map(|(at, _)| at).find(|at| !rest[at + 1..].starts_with('%'));
        let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind.strip_prefix(' ').unwrap_or(behind);
        if word.is_empty() {
            continue;
        }
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(pieces(word, width)),
        }
    }
    lines
}

/// A word in pieces of at most `width` columns, of one letter at the least.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let takes = c.width().unwrap_or(0);
        // A piece is measured only where it may become too wide: a letter may have a hundred thousand marks.
        let wide = if takes == 0 { 0 } else { pieces.last().map_or(0, |piece| columns(piece)) };
        let room = width.saturating_sub(wide);
        match pieces.last_mut() {
            Some(piece) if takes <= room || piece.is_empty() => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// Whether and how text is colored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink {
    pub(super) color: bool,
}

/// What a piece of text is, for its color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A heading of the report.
    Section,
    /// A headline.
    Title,
    /// What matters less.
    Muted,
    /// The original of a cluster.
    Original,
    /// What is related and no copy.
    Related,
    /// What fails a check.
    Failing,
    /// That nothing does.
    Passing,
}

impl Role {
    /// Parameters of the escape sequence "select graphic rendition" (ECMA-48, 8.3.117): those that every terminal has.
    fn parameters(self) -> &'static str {
        match self {
            Role::Section => "1;4",
            Role::Title => "1",
            Role::Muted => "2",
            Role::Original => "32",
            Role::Related => "33",
            Role::Failing => "1;31",
            Role::Passing => "1;32",
        }
    }
}

impl Ink {
    /// `text` in the color of its role. Widths are to be measured before.
    pub(super) fn paint(self, role: Role, text: impl fmt::Display) -> String {
        if self.color { format!("\x1b[{}m{text}\x1b[0m", role.parameters()) } else { text.to_string() }
    }
}

/// `12345` as `12,345`.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 article`, `12,345 articles`.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A share as whole percent, never rounded up: what is below a threshold never looks as if it reached it.
pub(super) fn percent(share: f64) -> String {
    // A share that a computation left a hair below a whole percent is that percent.
    format!("{} %", (share * 100.0 + 1e-9).floor())
}

/// [`percent`] with one digit behind the point.
pub(super) fn tenths(share: f64) -> String {
    format!("{:.1} %", (share * 1000.0 + 1e-9).floor() / 10.0)
}

/// A part of a whole as percent with one digit after the point, rounded down.
pub(super) fn percent_of(part: usize, whole: usize) -> String {
    let tenths = (part * 1_000).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// `45 s`, `10 min`, `2 h 10 min`, `3 d 4 h`: the two largest units.
pub(super) fn duration(seconds: i64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => two(hours, "h", minutes % 60, "min"),
        _ => two(days, "d", hours % 24, "h"),
    }
}

/// `2021-12-08 03:05` on its clock; of a day alone `2021-12-08`.
pub(super) fn minute(time: Published) -> String {
    let time = time.to_string();
    match time.get(..16) {
        Some(minute) if !time.starts_with(['-', '@']) => minute.replace('T', " "),
        _ => time,
    }
}

/// `2021-12-08` on its clock.
pub(super) fn day(time: Published) -> String {
    let minute = minute(time);
    minute.split(' ').next().unwrap_or(&minute).to_owned()
}

/// `UTC+07:00` of a distance, else the name.
pub(super) fn on_clock(zone: &crate::settings::Zone) -> String {
    let name = zone.to_string();
    if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_lines_up_whatever_the_script() {
        // Decomposed Vietnamese, Han of double width, an emoji, plain letters.
        for text in ["Tổng thống", "新冠疫情最新消息发布", "ok 👍🏽 ok ok", "plain text here"] {
            for width in 1..20 {
                assert_eq!(columns(&cell(text, width)), width, "{text} {width}");
                assert_eq!(columns(&cell_right(text, width)), width, "{text} {width}");
            }
        }
    }

    #[test]
    fn no_line_is_a_command_however_it_is_disguised() {
        let lines = [
            ("::add-mask::x", ": :add-mask::x"),
            ("\u{3000}\u{a0}::stop-commands::x", "\u{3000}\u{a0}: :stop-commands::x"),
            ("\u{200b}:\u{feff}:error::x", "\u{200b}: \u{feff}:error::x"),
            ("\x1b[1;31m::error::x", "\x1b[1;31m: :error::x"),
            ("a ##vso[x", "a # #vso[x"),
            ("####[x", "# # # #[x"),
            ("#\u{200d}#[error]", "#\u{200d} #[error]"),
            ("a::b # #", "a::b # #"),
            (": :", ": :"),
        ];
        for (line, expected) in lines {
            assert_eq!(no_command(line), expected);
            assert_eq!(no_command(expected), expected, "twice is once");
        }
    }

    #[test]
    fn a_cut_keeps_the_marks_of_its_last_letter() {
        assert_eq!(fit("hoa\u{300}ng", 4), "hoa\u{300}…");
        assert_eq!(fit("hoa\u{300}ng", 5), "hoa\u{300}ng");
        assert_eq!(fit("新冠疫情", 4), "新…");
        assert_eq!(fit("", 0), "");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn numbers_never_look_larger_than_they_are() {
        assert_eq!(
            [0.0, 0.6299, 0.63, 0.29, 0.999999, 1.0].map(percent),
            ["0 %", "62 %", "63 %", "29 %", "99 %", "100 %"]
        );
        assert_eq!([0, 999, 1_000, 12_345, 1_234_567].map(count), ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(
            [0, 45, 600, 7_800, 7_200, 270_000, 86_400].map(duration),
            ["0 s", "45 s", "10 min", "2 h 10 min", "2 h", "3 d 3 h", "1 d"]
        );
    }

    #[test]
    fn a_text_is_broken_at_spaces() {
        assert_eq!(wrapped("một hai ba bốn", 8), ["một hai", "ba bốn"]);
        assert_eq!(wrapped("mộthaibabốn x", 5), ["mộtha", "ibabố", "n x"]);
        assert_eq!(wrapped("mo\u{302}\u{323}thai", 3), ["mo\u{302}\u{323}t", "hai"]);
        assert_eq!(wrapped("新冠疫情最新消息", 7), ["新冠疫", "情最新", "消息"]);
        assert_eq!(wrapped("新", 1), ["新"]);
        assert_eq!(wrapped("chừng  62 %.", 9), ["chừng", "62 %."]);
    }
}
