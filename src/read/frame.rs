//! Bytes in, the ends of records out: where one record stops and the next begins, format by format.
//!
//! A framer sees the input in pieces of any size and may be asked to go on in the middle of a record, a string or an
//! escape; what it must remember between pieces is a few bytes of state. It reads no values: finding a line end costs a
//! fraction of parsing the line, and so one thread can frame what several parse.

use memchr::{memchr, memchr2, memchr3};

use crate::settings::InputFormat;

/// How the records of one input are told apart.
pub(super) enum Framer {
    /// The whole input is one record.
    Whole,
    /// A record a line.
    Lines,
    /// A record a line, save that a quoted field may hold line ends; a line ends in `\n`, `\r\n` or `\r`.
    Rows(Rows),
    /// The elements of an array, or objects one after another.
    Values(Values),
}

/// Where a record ends and where to look for the next.
pub(super) struct End {
    /// One past the last byte of the record, without its line end.
    pub(super) record: usize,
    /// Where to go on.
    pub(super) next: usize,
}

impl Framer {
    /// The framer of a format. Rows of columns have none.
    pub(super) fn new(format: InputFormat) -> Self {
        match format {
            InputFormat::Text | InputFormat::Parquet | InputFormat::Batches => Framer::Whole,
            InputFormat::Jsonl => Framer::Lines,
            InputFormat::Json => Framer::Values(Values::default()),
            InputFormat::Csv => Framer::Rows(Rows::new(b',')),
            InputFormat::Tsv => Framer::Rows(Rows::new(b'\t')),
        }
    }

    /// Where the next record begins at or after `from`; `None` where `bytes` end before one does.
    pub(super) fn start(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        match self {
            Framer::Whole | Framer::Lines | Framer::Rows(_) => (from < bytes.len()).then_some(from),
            Framer::Values(values) => values.start(bytes, from),
        }
    }

    /// Where the record that is open ends, looking from `from` on: the place at which the last look stopped.
    pub(super) fn end(&mut self, bytes: &[u8], from: usize) -> Option<End> {
        match self {
            Framer::Whole => None,
            Framer::Lines => memchr(b'\n', &bytes[from..]).map(|at| line_end(from + at)),
            Framer::Rows(rows) => rows.end(bytes, from),
            Framer::Values(values) => values.end(bytes, from).map(|end| End { record: end, next: end }),
        }
    }

    /// Whether records are lines, whose end may be `\r\n`.
    pub(super) fn has_line_ends(&self) -> bool {
        matches!(self, Framer::Lines | Framer::Rows(_))
    }

    /// Whether a record of these bytes is nothing at all, such as an empty line between two records.
    pub(super) fn is_blank(&self, record: &[u8]) -> bool {
        match self {
            Framer::Whole => false,
            Framer::Lines | Framer::Values(_) => record.trim_ascii().is_empty(),
            Framer::Rows(_) => record.iter().all(|&byte| byte == b' ' || byte == b'\r'),
        }
    }

    /// What is open within the record that the input's end cuts off; `None` where the record is whole.
    pub(super) fn open_at_end(&self) -> Option<&'static str> {
        match self {
            Framer::Values(values) if values.in_string || values.depth > 0 => Some("object"),
            _ => None,
        }
    }

    /// Whether the input ends inside quotes that hold whatever follows, line ends and all.
    pub(super) fn quote_is_open(&self) -> bool {
        matches!(self, Framer::Rows(Rows { state: Cell::Quoted, .. }))
    }

    /// Where the last quoted cell of a row begins.
    pub(super) fn last_quote(&self, row: &[u8]) -> usize {
        let Framer::Rows(rows) = self else { return 0 };
        let mut again = Rows::new(rows.delimiter);
        again.end(row, 0);
        again.opened
    }

    /// Whether `\r` alone ends a line, as it did on old Macs and does in what Excel saves for them.
    pub(super) fn takes_returns_for_line_ends(&self) -> bool {
        matches!(self, Framer::Rows(_))
    }

    /// Whether an array that holds records has begun.
    pub(super) fn has_array(&self) -> bool {
        matches!(self, Framer::Values(values) if values.array_seen)
    }

    /// Whether the input ends inside the array that holds its records.
    pub(super) fn array_is_open(&self) -> bool {
        matches!(self, Framer::Values(values) if values.in_array)
    }
}

fn line_end(newline: usize) -> End {
    End { record: newline, next: newline + 1 }
}

/// Rows of comma- or tab-separated values, quoted as RFC 4180 says.
pub(super) struct Rows {
    delimiter: u8,
    state: Cell,
    /// Where the last quoted cell began, in the bytes of that look.
    opened: usize,
}

/// Where in a cell of a row the last look stopped.
#[derive(Clone, Copy)]
enum Cell {
    /// Before its first byte.
    Start,
    /// In one that does not begin with a quote, or after its closing quote: quotes mean nothing.
    Bare,
    /// In one that begins with a quote.
    Quoted,
    /// After a quote in such a one: it closed the cell, or is the first of two.
    QuoteSeen,
    /// After a `\r` that ends the row, by itself or with the `\n` that may follow.
    ReturnSeen,
}

impl Rows {
    fn new(delimiter: u8) -> Self {
        Rows { delimiter, state: Cell::Start, opened: 0 }
    }

    fn end(&mut self, bytes: &[u8], mut at: usize) -> Option<End> {
        while at < bytes.len() {
            match self.state {
                Cell::Quoted => {
                    at += memchr(b'"', &bytes[at..])? + 1;
                    self.state = Cell::QuoteSeen;
                }
                Cell::Start | Cell::QuoteSeen if bytes[at] == b'"' => {
                    if let Cell::Start = self.state {
                        self.opened = at;
                    }
                    self.state = Cell::Quoted;
                    at += 1;
                }
                Cell::Start | Cell::QuoteSeen | Cell::Bare => {
                    self.state = Cell::Bare;
                    at += memchr3(self.delimiter, b'\n', b'\r', &bytes[at..])?;
                    self.state = if bytes[at] == b'\r' { Cell::ReturnSeen } else { Cell::Start };
                    if bytes[at] == b'\n' {
                        return Some(line_end(at));
                    }
                    at += 1;
                }
                Cell::ReturnSeen => {
                    self.state = Cell::Start;
                    let next = at + usize::from(bytes[at] == b'\n');
                    // Of a record whose bytes were dropped nothing is left before `at`.
                    return Some(End { record: at.saturating_sub(1), next });
                }
            }
        }
        None
    }
}

/// JSON values: the elements of one array, or values one after another with or without commas.
#[derive(Default)]
pub(super) struct Values {
    in_array: bool,
    /// Whether an array has begun, also where it has ended since.
    array_seen: bool,
    /// Nothing of the open value has been looked at yet: whatever its first byte, it is part of it.
    fresh: bool,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Values {
    fn start(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        for (at, &byte) in (from..).zip(&bytes[from..]) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {}
                b'[' if !self.in_array => {
                    self.in_array = true;
                    self.array_seen = true;
                }
                b']' if self.in_array => self.in_array = false,
                _ => {
                    self.fresh = true;
                    return Some(at);
                }
            }
        }
        None
    }

    fn end(&mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            if self.in_string {
                at = self.string_end(bytes, at)?;
                if self.depth == 0 {
                    return Some(at);
                }
            }
            match *bytes.get(at)? {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 1 => self.depth -= 1,
                b'}' | b']' if self.depth == 1 => {
                    self.depth = 0;
                    return Some(at + 1);
                }
                // A number, a word or rubbish where an object should be: it ends where a value could.
                b',' | b']' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 && !self.fresh => return Some(at),
                _ => {}
            }
            self.fresh = false;
            at += 1;
        }
    }

    /// One past the quote that closes the open string.
    fn string_end(&mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            if self.escaped {
                bytes.get(at)?;
                at += 1;
                self.escaped = false;
            }
            at += memchr2(b'"', b'\\', bytes.get(at..)?)? + 1;
            if bytes[at - 1] == b'"' {
                self.in_string = false;
                return Some(at);
            }
            self.escaped = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records of `bytes`, framed in one piece.
    fn records(format: InputFormat, bytes: &str) -> Vec<&str> {
        let mut framer = Framer::new(format);
        let (mut at, mut records) = (0, Vec::new());
        while let Some(start) = framer.start(bytes.as_bytes(), at) {
            let Some(end) = framer.end(bytes.as_bytes(), start) else {
                records.push(&bytes[start..]);
                break;
            };
            records.push(&bytes[start..end.record]);
            at = end.next;
        }
        records
    }

    #[test]
    fn a_line_is_a_record() {
        assert_eq!(records(InputFormat::Jsonl, "{}\n\n{\"a\":1}"), ["{}", "", "{\"a\":1}"]);
    }

    #[test]
    fn only_a_quote_that_begins_a_cell_holds_line_ends() {
        assert_eq!(records(InputFormat::Csv, "a,\"b\nc\",d\n5\" nails,x\n"), ["a,\"b\nc\",d", "5\" nails,x"]);
        assert_eq!(records(InputFormat::Csv, "\"a\"\"\nb\"\nc\n"), ["\"a\"\"\nb\"", "c"]);
        assert_eq!(records(InputFormat::Tsv, "a\t\"b,\n\"\nc,\"d\n"), ["a\t\"b,\n\"", "c,\"d"]);
    }

    #[test]
    fn a_row_ends_in_any_line_end_and_quotes_keep_them_all() {
        assert_eq!(records(InputFormat::Csv, "a,b\r1,x\r2,\"y\rz\"\r"), ["a,b", "1,x", "2,\"y\rz\"\r"]);
        assert_eq!(records(InputFormat::Csv, "a\r\nb\rc\nd"), ["a", "b", "c", "d"]);
        assert_eq!(records(InputFormat::Tsv, "a\"b\t1\r\"c\r\nd\"\t2\r\n"), ["a\"b\t1", "\"c\r\nd\"\t2"]);
    }

    #[test]
    fn values_end_where_their_braces_do_and_strings_hide_braces() {
        let values = r#"[{"a":"}\"]"}, {"b":[{}]},7,"x,y",null]"#;
        assert_eq!(records(InputFormat::Json, values), [r#"{"a":"}\"]"}"#, r#"{"b":[{}]}"#, "7", "\"x,y\"", "null"]);
        assert_eq!(records(InputFormat::Json, "{\"a\":1}\n{\"b\":2}"), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(records(InputFormat::Json, "[[1,[2]],{}]"), ["[1,[2]]", "{}"]);
    }

    #[test]
    fn rubbish_between_values_is_a_record_of_its_own_and_framing_goes_on() {
        assert_eq!(records(InputFormat::Json, "]{}"), ["]{}"]);
        assert_eq!(records(InputFormat::Json, "] {}"), ["]", "{}"]);
        assert_eq!(records(InputFormat::Json, "[{},abc def,{}]"), ["{}", "abc", "def", "{}"]);
    }
}
