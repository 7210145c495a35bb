//! The bytes of every record, unparsed and in input order: what `dedup` writes back.

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::settings::{InputFormat, ReadSettings};

use super::Location;
use super::blocks::{Block, Shape};
use super::csv;
use super::decode;
use super::discover::Inputs;
use super::error::ReadError;
use super::fields::FieldNames;
use super::json;
#[cfg(feature = "arrow")]
use super::rows::Table;
use super::scan::{delimiter, open_records, take_header};

/// One record as it stands in its input, decompressed.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// Where it stands: the same location that a scan gives its article.
    pub location: Location,
    /// The line without its line end, the array element, or the whole text file. Of an input in UTF-16, save text files, it
    /// is the record in UTF-8.
    pub bytes: &'a [u8],
    /// The header line of its input without its line end, where the format has one.
    pub header: Option<&'a [u8]>,
    /// The line end that follows it, `\n` or `\r\n`; nothing where the input ends without one, or has no lines.
    pub line_end: &'a [u8],
    /// Whether it is an element of a JSON array, rather than a value that stands for itself.
    pub in_array: bool,
    /// The format of its input.
    pub format: InputFormat,
}

/// How a pass over the raw records of one input went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RawPass {
    /// Whether it was broken off.
    pub broke_off: bool,
    /// How many records were passed over because their bytes are not held.
    pub passed_over: u64,
    /// Whether the input ends too early: inside a record, an array or its compressed data.
    pub cut_off: bool,
}

impl<'a> RawRecord<'a> {
    /// Its text, decoded in the same way as its article was.
    pub fn text(&self) -> Cow<'a, str> {
        match self.format {
            InputFormat::Text => decode::file(self.bytes).text,
            _ => decode::record(self.bytes).text,
        }
    }

    /// The columns of a row, each with its name, quotes taken off; `None` where its format has no columns, or where the row
    /// does not fit its header.
    pub fn columns(&self) -> Option<Vec<(String, String)>> {
        let delimiter = delimiter(self.format)?;
        let names = csv::names_in(self.header?, delimiter);
        let cells = csv::cells_in(&self.text(), delimiter);
        (names.len() == cells.len()).then(|| names.into_iter().zip(cells).collect())
    }
}

impl Inputs {
    /// Hands over every record in input order, also those that are no articles, until `visit` breaks off; those whose bytes are
    /// not held (larger than the settings allow, cut off by damage, or an input that is no text) are passed over. Locations ascend, so that they can be
    /// merged with a scan's.
    ///
    /// # Errors
    /// An input that cannot be read, that has changed since it was first read, or that is Parquet.
    pub fn raw_records(
        &self,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        mut visit: impl FnMut(RawRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let mut done = 0;
        for index in 0..self.files().len() {
            let pass = self.raw_records_in(index, settings, &|bytes| progress(done + bytes), &mut visit)?;
            if pass.broke_off {
                return Ok(());
            }
            done += self.files()[index].stored_bytes().unwrap_or(0);
            progress(done);
        }
        Ok(())
    }

    /// [`Inputs::raw_records`] of one input, the one at `index` of [`Inputs::files`].
    ///
    /// # Errors
    /// As there.
    pub fn raw_records_in(
        &self,
        index: usize,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        visit: &mut impl FnMut(RawRecord<'_>) -> ControlFlow<()>,
    ) -> Result<RawPass, ReadError> {
        let file = &self.files()[index];
        if matches!(file.format(), InputFormat::Parquet | InputFormat::Batches) {
            return Err(ReadError::NoRawRecords { name: file.name().to_owned() });
        }
        let names = FieldNames::new(settings);
        let (mut blocks, mut reader) = open_records(self, file, &names, settings)?;
        let mut header = None;
        let mut spent = Block::default();
        let mut first = true;
        let mut pass = RawPass::default();
        while let Some(mut block) = blocks.next(spent).map_err(|error| file.io_error(error))? {
            if std::mem::take(&mut first) {
                header = take_header(&mut reader, &mut block, &names);
            }
            for frame in &block.frames {
                pass.cut_off |= matches!(frame.shape, Shape::Open(_));
                // What the input's end cuts off has bytes.
                if matches!(frame.shape, Shape::TooLarge | Shape::Foreign(_)) {
                    pass.passed_over += 1;
                    continue;
                }
                let location = Location::new(index, frame);
                let record = RawRecord {
                    location,
                    bytes: block.record(frame),
                    header: header.as_deref(),
                    line_end: if blocks.has_line_ends() { block.line_end(frame) } else { b"" },
                    in_array: blocks.has_array(),
                    format: file.format(),
                };
                if visit(record).is_break() {
                    pass.broke_off = true;
                    return Ok(pass);
                }
            }
            spent = block;
            progress(blocks.consumed());
        }
        pass.cut_off |= blocks.truncated.is_some();
        Ok(pass)
    }

    /// The header line of the input at `index`, byte for byte with what stands before and after it: a byte order mark (save of
    /// UTF-16) and its line end. `None` where the format has none, or the input is empty.
    ///
    /// # Errors
    /// An input that cannot be read, or that has changed since it was first read.
    pub fn header(&self, index: usize, settings: &ReadSettings) -> Result<Option<Vec<u8>>, ReadError> {
        const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
        let file = &self.files()[index];
        if delimiter(file.format()).is_none() {
            return Ok(None);
        }
        let names = FieldNames::new(settings);
        let (mut blocks, _) = open_records(self, file, &names, settings)?;
        let block = blocks.next(Block::default()).map_err(|error| file.io_error(error))?;
        let block = block.filter(|block| !matches!(block.frames[0].shape, Shape::Foreign(_)));
        Ok(block.map(|block| {
            let frame = &block.frames[0];
            let mark = if frame.offset == BYTE_ORDER_MARK.len() as u64 { BYTE_ORDER_MARK } else { b"" };
            [mark, block.record(frame), block.line_end(frame)].concat()
        }))
    }

    /// The names of the fields in the first record that has any, for an error to suggest one; none of text files.
    ///
    /// # Errors
    /// An input that cannot be read, or that has changed since it was first read.
    pub fn first_names(&self, settings: &ReadSettings) -> Result<Vec<String>, ReadError> {
        let mut names = Vec::new();
        for (index, file) in self.files().iter().enumerate() {
            #[cfg(feature = "arrow")]
            if let Some(table) = Table::open(file, &FieldNames::new(settings), settings.max_article_bytes)? {
                return Ok(table.column_names());
            }
            if file.format() == InputFormat::Text {
                continue;
            }
            self.raw_records_in(index, settings, &|_| (), &mut |record| {
                names = match (delimiter(file.format()), record.header) {
                    (Some(delimiter), Some(header)) => csv::names_in(header, delimiter),
                    _ => json::names_in(&String::from_utf8_lossy(record.bytes)),
                };
                if names.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            if !names.is_empty() {
                break;
            }
        }
        Ok(names)
    }
}
