//! The column chunks of a Parquet row group in, how large its pages are out (feature `parquet`): so that a page is refused before it
//! is decompressed.
//!
//! A cell lies within one page, and the decoder holds a page whole. What a page will hold stands in its header, a structure of Thrift's
//! compact protocol in front of its bytes, which the decoder's crate does not show. Source: parquet-format, `parquet.thrift`, and
//! Thrift's `thrift-compact-protocol.md`.
//!
//! A header can lie. Snappy and Zstandard stop at the size that it says. A page in gzip that is larger is noticed after it was
//! decompressed; gzip makes at most about a thousand bytes of one.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

/// The largest of the pages of some columns, and the most that a row of each takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// The size of the largest page, decompressed.
    pub(super) largest: u64,
    /// How many bytes a row takes, decompressed: in that page in which rows take most. Of a column with a dictionary a row may take all
    /// of it.
    pub(super) row_bytes: u64,
}

impl Pages {
    /// Looks at the headers of all pages of one column chunk, which lies in these bytes of the file.
    pub(super) fn of(file: File, chunk: Range<u64>) -> io::Result<Pages> {
        let mut pages = Pages::default();
        let mut headers =
            Headers { file: BufReader::with_capacity(HEADER_BYTES, file), at: chunk.start, end: chunk.end };
        headers.file.seek(SeekFrom::Start(chunk.start))?;
        while headers.at < headers.end {
            let page = headers.page()?;
            pages.largest = pages.largest.max(page.bytes);
            let rows = if page.is_dictionary { 1 } else { page.values.max(1) };
            pages.row_bytes = pages.row_bytes.max(page.bytes / rows);
            headers.skip(page.stored_bytes)?;
        }
        Ok(pages)
    }

    /// Those of a column more.
    pub(super) fn with(self, other: Pages) -> Pages {
        Pages { largest: self.largest.max(other.largest), row_bytes: self.row_bytes.saturating_add(other.row_bytes) }
    }
}

/// Most headers have a few dozen bytes; with the least and the greatest value of their page a few hundred.
const HEADER_BYTES: usize = 1024;

/// What of a page's header matters here.
#[derive(Default)]
struct Page {
    bytes: u64,
    stored_bytes: u64,
    values: u64,
    is_dictionary: bool,
}

/// Reads headers, and passes over what lies between them.
struct Headers {
    file: BufReader<File>,
    at: u64,
    end: u64,
}

/// Structures within structures: the headers of pages have three levels.
const DEEPEST: usize = 8;

// The kinds of values in Thrift's compact protocol.
const STOP: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

impl Headers {
    fn page(&mut self) -> io::Result<Page> {
        let (mut page, mut last) = (Page::default(), 0);
        loop {
            let (field, kind) = self.field(&mut last)?;
            match (field, kind) {
                (_, STOP) => return Ok(page),
                (2, I32) => page.bytes = self.size()?,
                (3, I32) => page.stored_bytes = self.size()?,
                // The headers of data pages and of dictionaries begin with the number of values.
                (5 | 7 | 8, STRUCT) => {
                    page.is_dictionary |= field == 7;
                    page.values = self.values()?;
                }
                _ => self.pass_over(kind, 0)?,
            }
        }
    }

    fn values(&mut self) -> io::Result<u64> {
        let (mut values, mut last) = (0, 0);
        loop {
            match self.field(&mut last)? {
                (_, STOP) => return Ok(values),
                (1, I32) => values = self.size()?,
                (_, kind) => self.pass_over(kind, 1)?,
            }
        }
    }

    /// The number and the kind of the next field.
    fn field(&mut self, last: &mut i64) -> io::Result<(i64, u8)> {
        let byte = self.byte()?;
        *last = match byte >> 4 {
            _ if byte == STOP => 0,
            0 => zigzag(self.number()?),
            step => last.saturating_add(i64::from(step)),
        };
        Ok((*last, byte & 0x0F))
    }

    fn pass_over(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        match kind {
            TRUE | FALSE => Ok(()),
            BYTE => self.skip(1),
            I16 | I32 | I64 => self.number().map(drop),
            DOUBLE => self.skip(8),
            BINARY => {
                let length = self.number()?;
                self.skip(length)
            }
            LIST | SET if depth < DEEPEST => {
                let byte = self.byte()?;
                let (count, kind) = (if byte >> 4 == 15 { self.number()? } else { u64::from(byte >> 4) }, byte & 0x0F);
                // Within a list a truth value has a byte of its own.
                let kind = if kind == TRUE || kind == FALSE { BYTE } else { kind };
                (0..count).try_for_each(|_| self.pass_over(kind, depth + 1))
            }
            STRUCT if depth < DEEPEST => {
                let mut last = 0;
                loop {
                    match self.field(&mut last)? {
                        (_, STOP) => return Ok(()),
                        (_, kind) => self.pass_over(kind, depth + 1)?,
                    }
                }
            }
            _ => Err(broken()),
        }
    }

    fn size(&mut self) -> io::Result<u64> {
        u64::try_from(zigzag(self.number()?)).map_err(|_| broken())
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(broken())
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.at += 1;
        if self.at > self.end {
            return Err(broken());
        }
        self.file.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.at = self.at.checked_add(bytes).filter(|&at| at <= self.end).ok_or_else(broken)?;
        self.file.seek_relative(i64::try_from(bytes).map_err(|_| broken())?)
    }
}

fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the header of a page is broken")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pages(bytes: &[u8]) -> io::Result<Pages> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Pages::of(file, 0..bytes.len() as u64)
    }

    /// A data page of 300 bytes with 3 values, stored in 4 bytes, and with statistics of two levels.
    const PAGE: &[u8] = b"\x15\x00\x15\xD8\x04\x15\x08\x2C\x15\x06\x15\x00\x1C\x18\x02ab\x00\x00\x00....";

    #[test]
    fn a_header_says_how_much_its_page_holds() {
        assert_eq!(pages(PAGE).unwrap(), Pages { largest: 300, row_bytes: 100 });
        assert_eq!(pages(&PAGE.repeat(3)).unwrap(), Pages { largest: 300, row_bytes: 100 });
        // A dictionary of the same size, which a single row may take.
        let dictionary = b"\x15\x04\x15\xD8\x04\x15\x08\x4C\x15\x06\x15\x00\x00\x00....";
        assert_eq!(pages(&[dictionary, PAGE].concat()).unwrap(), Pages { largest: 300, row_bytes: 300 });
    }

    #[test]
    fn what_is_no_header_is_an_error_and_no_panic() {
        for bytes in [
            &PAGE[..PAGE.len() - 1],
            b"\xFF",
            b"\x15\x00\x15\x01\x00",
            b"\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C",
            b"\x19\xF1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
        ] {
            assert!(pages(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_go_on_for_ever(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60)) {
            let _ = pages(&bytes);
        }
    }
}
