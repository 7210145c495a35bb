//! Paths in, articles out.
//!
//! [`discover`] finds the files; [`Inputs::scan`] reads every article once, in parallel and in bounded memory;
//! [`Inputs::reread`] reads chosen ones again; [`Inputs::raw_records`] gives their bytes as they stand.
//!
//! ```text
//! paths -> discover -> stream -> blocks -> frames -> record -> fields -> Article
//!          files       bytes,    a few     where     JSON,     which
//!                      plain     megabytes each lies CSV, text field is which
//! ```
//!
//! Texts are not held. A scan keeps what its caller makes of each article and the article's [`Location`], 24 bytes, with
//! which the few that are wanted later are read again. A record that is no article is located and counted in [`Skipped`]; an
//! input that cannot be trusted is a [`ReadError`].
//!
//! ```no_run
//! # fn main() -> Result<(), wirecopy::read::ReadError> {
//! use wirecopy::{read, settings::ReadSettings};
//!
//! let settings = ReadSettings::default();
//! let inputs = read::discover(&["news.jsonl.gz".into()], &settings)?;
//! let scan = inputs.scan(&settings, &|_| (), |article| article.text.len())?;
//! # Ok(())
//! # }
//! ```

mod bad;
mod blocks;
#[cfg(feature = "arrow")]
mod columns;
mod csv;
mod decode;
mod discover;
mod error;
mod fields;
mod foreign;
mod frame;
mod json;
mod markup;
mod outlet;
#[cfg(feature = "parquet")]
mod pages;
#[cfg(feature = "parquet")]
mod parquet;
mod plain_json;
mod raw;
mod record;
mod reread;
#[cfg(feature = "arrow")]
mod rows;
mod scan;
mod skipped;
mod stream;
mod walk;

pub use bad::{BadRecord, BadRecords, Excused, Listing, MOST_LISTED};
pub use discover::{
    InputFile, Inputs, PASSED_OVER_NAMED, PassedOver, Unread, UnreadFile, Why, discover, discover_guarded,
    discover_with,
};
pub use error::{Fault, ReadError, plain_words};
pub use foreign::is_lfs_pointer;
pub use raw::{RawPass, RawRecord};
pub use skipped::{ChosenBy, Clocks, EXAMPLES_PER_REASON, Example, Reason, Skipped, TextsElsewhere, Truncated};
pub use stream::Compression;
pub use walk::{Guard, without_following};

pub(crate) use json::json_problem;

/// Every article of the inputs, and what was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan<T> {
    /// Where each article stands and what was made of it, in input order.
    pub articles: Vec<(Location, T)>,
    /// What is not among them, or not wholly.
    pub skipped: Skipped,
}

/// Where a record stands: enough to read it again. Ordered as the inputs are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Its file's place in [`Inputs::files`].
    pub file: u32,
    /// Its first byte in that file, decompressed; in UTF-16 inputs that are no text files, in their UTF-8 form; in Parquet
    /// and record batches its row, counted from 0.
    pub offset: u64,
    /// How many bytes it has, without a line end; 1 of a row.
    pub length: u32,
    /// The line it begins on, or its row in Parquet and record batches; the first is 1.
    pub line: u32,
    /// How many records of its file come before it: in a JSON array its index. Of rows, in Parquet and record batches, 0.
    pub index: u32,
}

impl Location {
    fn new(file: usize, frame: &blocks::Frame) -> Self {
        // 2^32 files would not fit the list that counts them.
        let file = u32::try_from(file).unwrap_or(u32::MAX);
        Location { file, offset: frame.offset, length: frame.length, line: frame.line, index: frame.index }
    }
}

const _: () = assert!(size_of::<Location>() <= 24);
