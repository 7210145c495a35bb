//! A header and one row of comma- or tab-separated values in, its [`Fields`] out.
//!
//! The rules are those of RFC 4180, read leniently as the `csv` crate does: a field that begins with a quote runs to the
//! next single quote and may hold delimiters and newlines; a quote anywhere else is a character like any other. We split
//! rows ourselves, because a row can then borrow its fields from the block; the crate is the reference in the tests.

use std::borrow::Cow;

use super::decode;
use super::error::Fault;
use super::fields::{FieldNames, Fields, LongText, Name, Value, words};

/// A header line: how many columns, and which of them an article can use.
pub(super) struct Header<'n> {
    columns: usize,
    /// Only columns of use, ascending.
    used: Vec<(usize, &'n Name)>,
    /// The names of all columns.
    all: Vec<String>,
    /// The first name of use that stands there twice, one that decides before others.
    pub(super) repeated: Option<&'n Name>,
    delimiter: u8,
}

impl<'n> Header<'n> {
    /// Reads a header line. Of columns with one name the first counts.
    pub(super) fn new(row: &[u8], delimiter: u8, names: &'n FieldNames) -> Self {
        let decoded = decode::record(row);
        let mut header = Header { columns: 0, used: Vec::new(), all: Vec::new(), repeated: None, delimiter };
        for raw in split(&decoded.text, delimiter) {
            let column = unquoted(raw).trim().to_owned();
            match names.find(&column) {
                Some(name) if header.used.iter().any(|&(_, used)| std::ptr::eq(used, name)) => {
                    header.repeated = header.repeated.filter(|first| first.decides() || !name.decides()).or(Some(name));
                }
                Some(name) => header.used.push((header.columns, name)),
                None => {}
            }
            header.all.push(column);
            header.columns += 1;
        }
        header
    }

    /// Reads one row, without its line end.
    pub(super) fn fields<'a>(&self, row: &'a str, names: &FieldNames) -> Result<Fields<'a>, Fault> {
        let mut fields = Fields::default();
        let mut used = self.used.iter().peekable();
        let mut columns = 0;
        let has_lines = memchr::memchr2(b'\n', b'\r', row.as_bytes()).is_some();
        for raw in split(row, self.delimiter) {
            if has_lines {
                fields.rows_inside += self.rows_inside(raw)?;
            }
            if let Some((_, name)) = used.next_if(|(column, _)| *column == columns) {
                fields.put(names, name, Value::Text(unquoted(raw)));
            }
            columns += 1;
        }
        if columns != self.columns {
            return Err(Fault::ColumnCount { found: columns, expected: self.columns });
        }
        Ok(fields)
    }

    /// How many lines inside a quoted cell look like rows of this table, so that the quote may have swallowed them.
    ///
    /// # Errors
    /// Where the cell goes on behind a quote that closes several lines: then it most likely closes something else.
    fn rows_inside(&self, raw: &str) -> Result<usize, Fault> {
        /// Prose may have as many commas as a table of few columns, but not line after line.
        const FEWEST_ROWS: usize = 3;
        let Some(close) = raw.starts_with('"').then(|| closing_quote(raw.as_bytes())).flatten() else { return Ok(0) };
        let lines: Vec<&str> = raw[1..close].split(['\n', '\r']).filter(|line| !line.trim().is_empty()).collect();
        if lines.len() > 1 && close + 1 < raw.len() {
            return Err(Fault::QuoteInside { lines: lines.len() });
        }
        let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or(&[]);
        let rows = inner.iter().filter(|line| self.is_like_a_row(line)).count();
        Ok(if rows >= FEWEST_ROWS && rows * 10 >= inner.len() * 9 { rows } else { 0 })
    }

    /// As many cells as the header has, the first of them no more than a word.
    fn is_like_a_row(&self, line: &str) -> bool {
        let first =
            || split(line, self.delimiter).next().is_some_and(|cell| !cell.trim().contains(char::is_whitespace));
        self.columns > 1 && split(line, self.delimiter).count() == self.columns && first()
    }

    /// What a header of no known name shows of another way to write tables: that of Excel where the comma is the decimal sign, or
    /// the line that only Excel reads.
    pub(super) fn other_delimiter(&self, line: &[u8], names: &FieldNames) -> Option<&'static str> {
        let is_known = |delimiter: u8| names_in(line, delimiter).iter().any(|name| names.find(name).is_some());
        // A name that is as long as a text is one.
        if self.all.iter().any(|name| words(name) >= LongText::FEWEST_WORDS) {
            return Some("a text where the names of columns belong");
        }
        if !self.used.is_empty() {
            return None;
        }
        match self.all.first() {
            Some(first) if first.len() < 6 && first.to_ascii_lowercase().starts_with("sep=") => Some("a sep= line"),
            _ if is_known(b';') => Some("semicolons between the columns"),
            _ if is_known(b'\t') => Some("tabs between the columns"),
            _ if is_known(b'|') => Some("bars between the columns"),
            _ if is_known(b',') => Some("commas between the columns, in a .tsv"),
            _ => None,
        }
    }

    /// The longest text of a row under a name that is not known.
    pub(super) fn other_text(&self, row: &str, names: &FieldNames) -> Option<LongText> {
        let cells = self.all.iter().zip(split(row, self.delimiter)).filter(|(name, _)| !names.gives_no_text(name));
        cells.fold(None, |longest, (name, raw)| LongText::longer(longest, name, words(raw)))
    }
}

/// The names in a header line.
pub(super) fn names_in(row: &[u8], delimiter: u8) -> Vec<String> {
    let decoded = decode::record(row);
    split(&decoded.text, delimiter).map(|raw| unquoted(raw).trim().to_owned()).collect()
}

/// The fields of a row, without their quotes.
pub(super) fn cells_in(row: &str, delimiter: u8) -> Vec<String> {
    split(row, delimiter).map(|raw| unquoted(raw).into_owned()).collect()
}

/// The fields of a row as they stand there, quotes and all.
fn split(row: &str, delimiter: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(row);
    std::iter::from_fn(move || {
        let row = rest?;
        let end = field_end(row.as_bytes(), delimiter);
        rest = row.get(end + 1..);
        Some(&row[..end])
    })
}

/// Where the first field of `row` ends: at a delimiter, or at the end.
fn field_end(row: &[u8], delimiter: u8) -> usize {
    let unquoted_from = if row.first() == Some(&b'"') { closing_quote(row).map_or(row.len(), |at| at + 1) } else { 0 };
    memchr::memchr(delimiter, &row[unquoted_from..]).map_or(row.len(), |at| unquoted_from + at)
}

/// The quote that closes the one at the start of `field`; a doubled quote closes nothing.
fn closing_quote(field: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', field.get(at..)?)?;
        if field.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// What a field says: without its quotes, and with doubled quotes as one.
fn unquoted(raw: &str) -> Cow<'_, str> {
    if !raw.starts_with('"') {
        return Cow::Borrowed(raw);
    }
    let close = closing_quote(raw.as_bytes()).unwrap_or(raw.len());
    let (inside, after) = (&raw[1..close], raw.get(close + 1..).unwrap_or(""));
    if after.is_empty() && !inside.contains('"') {
        return Cow::Borrowed(inside);
    }
    Cow::Owned(inside.replace("\"\"", "\"") + after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ReadSettings;

    #[test]
    fn fields_are_borrowed_unless_a_quote_is_doubled() {
        let cells: Vec<_> = split("a,\"b,\nc\",\"d\"\"e\",", b',').map(unquoted).collect();
        assert_eq!(cells, ["a", "b,\nc", "d\"e", ""]);
        let borrowed: Vec<_> = cells.iter().map(|cell| matches!(cell, Cow::Borrowed(_))).collect();
        assert_eq!(borrowed, [true, true, false, true]);
    }

    #[test]
    fn header_names_are_matched_in_any_case_and_rows_must_fit() {
        let names = FieldNames::new(&ReadSettings::default());
        let header = Header::new(b"ID, Text ,other,text", b',', &names);
        let article = |row| header.fields(row, &names)?.into_article(&names, || "here:1".into(), || None);
        let (read, _) = article("1,words,x,second").unwrap();
        assert_eq!((read.id.as_ref(), read.text.as_ref()), ("1", "words"));
        assert_eq!(article("1,words").unwrap_err(), Fault::ColumnCount { found: 2, expected: 4 });
        assert_eq!(article("1").unwrap_err().to_string(), "found 1 field, the header has 4");
        assert_eq!(
            article("1,a,b,c,d").unwrap_err().to_string(),
            "found 5 fields, the header has 4; put quotes around a field that holds a delimiter"
        );
    }

    #[test]
    fn a_name_that_stands_twice_is_noted_one_that_decides_first() {
        let names = FieldNames::new(&ReadSettings::default());
        for (header, expected) in [
            ("id,title,Title,TEXT,text", Some("text")),
            ("ID,id,date,date,text,text", Some("id")),
            ("id,date,Date", Some("date")),
            ("id,other,other,text,content", None),
        ] {
            let found = Header::new(header.as_bytes(), b',', &names).repeated.map(|name| name.text.as_str());
            assert_eq!(found, expected, "{header}");
        }
    }

    #[test]
    fn rows_that_a_quote_has_swallowed_are_seen() {
        let names = FieldNames::new(&ReadSettings::default());
        let header = Header::new(b"id,text,source", b',', &names);
        let rows = |row| header.fields(row, &names).map(|fields| fields.rows_inside);
        assert_eq!(rows("1,\"one\n2,two,x\n3,three,x\n4,four,x\n5,five\",x"), Ok(3));
        assert_eq!(rows("1,\"one\n2,two,x\n3,\"three\",x"), Err(Fault::QuoteInside { lines: 3 }));
        for prose in [
            "1,\"a, b, c\n\nHe said, slowly, no.\nThen, at last, yes.\nBut why, she asked, now?\nWell, so, there.\",x",
            "1,\"two\nlines\",x",
            "1,\"a \"\"b\"\"\nc\",x",
            "1,\"one\" line,x",
        ] {
            assert!(matches!(rows(prose), Ok(0)), "{prose}: {:?}", rows(prose));
        }
    }

    proptest::proptest! {
        #[test]
        fn rows_split_as_the_csv_crate_splits_them(row in "[a\",\t ă]{1,24}") {
            // The crate takes a line of nothing for no row at all; so does the framing before this.
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
            let expected = reader.records().next().unwrap().unwrap();
            let split: Vec<String> = split(&row, b',').map(|raw| unquoted(raw).into_owned()).collect();
            let expected: Vec<String> = expected.iter().map(str::to_owned).collect();
            proptest::prop_assert_eq!(split, expected);
        }
    }
}
