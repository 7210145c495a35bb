//! Every article of every input, once: read, framed, parsed and worked on in parallel, given back in input order.
//!
//! Of a large file one block is worked on while the next is read. Small files are worked on side by side, each by one
//! thread. Neither way does the order of the results depend on the number of threads: parts are put together in the order
//! in which they stand in the input.

use std::ops::Range;

use rayon::prelude::*;

use crate::article::Article;
use crate::settings::{InputFormat, ReadSettings};

use super::blocks::{Block, Blocks, Frame, Shape};
use super::csv::Header;
use super::discover::{InputFile, Inputs};
use super::error::{Fault, ReadError};
use super::fields::{FieldNames, NamesOfInputs, named_fields};
use super::frame::Framer;
use super::record::{RecordReader, Remarks, Seen};
#[cfg(feature = "arrow")]
use super::rows::Table;
use super::skipped::{Reason, Skipped, TextsElsewhere, Truncated};
use super::stream::Trouble;
use super::{Location, Scan};

/// Files up to this size are worked on side by side, larger ones block by block. At a megabyte, one thread is done in a
/// few milliseconds, and a folder of thousands of files keeps all threads busy.
const SMALL_FILE_BYTES: u64 = 1 << 20;
/// How much of small files is worked on before the results are collected.
const BATCH_BYTES: u64 = 32 << 20;
const BATCH_FILES: usize = 4096;

impl Inputs {
    /// Reads every article once and calls `work` on each, in parallel in the current rayon pool. The outputs come in input
    /// order, whatever the number of threads.
    ///
    /// `progress` is told from time to time how many bytes have been read of the inputs as they are stored, of
    /// [`Inputs::total_bytes`].
    ///
    /// # Errors
    /// An input that cannot be read or that has changed since it was first read; a field that the settings name and that no
    /// record has; where the settings are strict, the first bad record or truncated input. Otherwise bad records and truncated
    /// inputs are counted in [`Scan::skipped`].
    pub fn scan<T: Send>(
        &self,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        work: impl Fn(&Article<'_>) -> T + Sync,
    ) -> Result<Scan<T>, ReadError> {
        let mut articles = Vec::new();
        let skipped = self.scan_into(settings, progress, work, &mut |location, output| {
            articles.push((location, output));
        })?;
        Ok(Scan { articles, skipped })
    }

    /// As [`Inputs::scan`], and hands the output of each article on as soon as those of its block are made, in input order: so
    /// that what is kept of them need not be what `work` makes.
    ///
    /// # Errors
    /// As [`Inputs::scan`].
    pub fn scan_into<T: Send>(
        &self,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        work: impl Fn(&Article<'_>) -> T + Sync,
        take: &mut dyn FnMut(Location, T),
    ) -> Result<Skipped, ReadError> {
        let names = NamesOfInputs::new(settings, self.zone());
        let scanner = Scanner { inputs: self, settings, names: &names, work: &work };
        let mut part = Part::default();
        let mut done = 0;
        for batch in batches(self.files().len(), |index| self.files()[index].stored_bytes().unwrap_or(u64::MAX)) {
            self.go_on()?;
            let later = if batch.len() > 1 {
                scanner.batch(batch.clone())?
            } else {
                scanner.file(batch.start, true, &|bytes| progress(done + bytes), take)?
            };
            part.append(later);
            hand_on(&mut part, take);
            done += batch.map(|index| self.files()[index].stored_bytes().unwrap_or(0)).sum::<u64>();
            progress(done);
        }
        self.check_named_fields(settings, &part)?;
        part.skipped.times.chosen_by = self.set_zone(settings, &part.skipped.times);
        Ok(part.skipped)
    }

    /// A field that the settings name and no record has is a slip of the pen, and not an input without articles.
    fn check_named_fields<T>(&self, settings: &ReadSettings, part: &Part<T>) -> Result<(), ReadError> {
        let missing = named_fields(settings).into_iter().find(|named| !named.was_seen(part.seen.named));
        let Some(missing) = missing.filter(|_| part.seen.records && !self.lacks_fields) else {
            return Ok(());
        };
        let seen = self.first_names(settings)?;
        let nearest = nearest(missing.field, &seen);
        Err(ReadError::FieldNowhere { option: missing.option, field: missing.field.to_owned(), nearest, seen })
    }
}

/// Groups `count` inputs of the sizes given: runs of small ones together, each large one alone.
pub(super) fn batches(count: usize, bytes: impl Fn(usize) -> u64) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut batch_bytes = 0u64;
    for index in 0..count {
        let bytes = bytes(index);
        let small = bytes <= SMALL_FILE_BYTES;
        match batches.last_mut() {
            Some(batch) if small && batch.len() < BATCH_FILES && batch_bytes + bytes <= BATCH_BYTES => {
                batch.end += 1;
                batch_bytes += bytes;
            }
            _ => {
                batches.push(index..index + 1);
                batch_bytes = if small { bytes } else { u64::MAX / 2 };
            }
        }
    }
    batches
}

/// What was read of a part of the inputs.
pub(super) struct Part<T> {
    pub(super) articles: Vec<(Location, T)>,
    pub(super) skipped: Skipped,
    pub(super) seen: Seen,
    /// Where a strict run stops.
    pub(super) stop: Option<(u64, Fault)>,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Part { articles: Vec::new(), skipped: Skipped::default(), seen: Seen::default(), stop: None }
    }
}

impl<T> Part<T> {
    pub(super) fn append(&mut self, later: Part<T>) {
        self.articles.extend(later.articles);
        self.skipped.append(later.skipped);
        self.seen.append(later.seen);
        self.stop = self.stop.take().or(later.stop);
    }
}

/// Hands on what was made of the articles of a part.
pub(super) fn hand_on<T>(part: &mut Part<T>, take: &mut dyn FnMut(Location, T)) {
    part.articles.drain(..).for_each(|(location, output)| take(location, output));
}

struct Scanner<'i, W> {
    inputs: &'i Inputs,
    settings: &'i ReadSettings,
    names: &'i NamesOfInputs,
    work: &'i W,
}

impl<T: Send, W: Fn(&Article<'_>) -> T + Sync> Scanner<'_, W> {
    /// Small files, side by side.
    fn batch(&self, files: Range<usize>) -> Result<Part<T>, ReadError> {
        let file = |index| {
            let mut articles = Vec::new();
            let mut part =
                self.file(index, false, &|_| (), &mut |location, output| articles.push((location, output)))?;
            articles.append(&mut part.articles);
            Ok(Part { articles, ..part })
        };
        let parts: Vec<Result<Part<T>, ReadError>> = files.into_par_iter().map(file).collect();
        let mut all = Part::default();
        for part in parts {
            all.append(part?);
        }
        Ok(all)
    }

    /// One file, in parallel or by this thread alone. What the part that is returned holds of articles comes behind what was
    /// handed on.
    fn file(
        &self,
        index: usize,
        parallel: bool,
        progress: &dyn Fn(u64),
        take: &mut dyn FnMut(Location, T),
    ) -> Result<Part<T>, ReadError> {
        let mut part = self.read_file(index, parallel, progress, take)?;
        let file = &self.inputs.files()[index];
        file.refuse_if_changed()?;
        let Seen { texts, elsewhere, .. } = part.seen;
        if texts == 0 && elsewhere > 0 && !self.inputs.is_excused(index) {
            let field = part.skipped.examples.iter().find_map(|example| match &example.reason {
                Reason::Bad(Fault::TextElsewhere { field, .. }) => Some(field.clone()),
                _ => None,
            });
            let without =
                TextsElsewhere { name: file.name().to_owned(), records: elsewhere, field: field.unwrap_or_default() };
            part.skipped.texts_elsewhere.push(without);
        }
        Ok(part)
    }

    /// The records of one file, block by block.
    fn read_file(
        &self,
        index: usize,
        parallel: bool,
        progress: &dyn Fn(u64),
        take: &mut dyn FnMut(Location, T),
    ) -> Result<Part<T>, ReadError> {
        let file = &self.inputs.files()[index];
        let names = self.names.of(file);
        #[cfg(feature = "arrow")]
        if let Some(table) = Table::open(file, names, self.settings.max_article_bytes)? {
            return table.scan((self.inputs, index), parallel, self.settings, progress, self.work, take);
        }
        let mut part = Part::default();
        let (mut blocks, mut reader) = open_records(self.inputs, file, names, self.settings)?;
        let io_error = |error| file.io_error(error);
        let mut spent = Block::default();
        let mut current = blocks.next(Block::default()).map_err(io_error)?;
        if let Some(block) = &mut current {
            let frame = block.frames[0];
            if let Some(line) = take_header(&mut reader, block, names) {
                self.judge_header((index, &frame), &reader, &line, &mut part.skipped)?;
            }
        }
        while let Some(block) = current {
            self.inputs.go_on()?;
            let this = || self.block(index, &reader, &block, parallel);
            let mut next = || blocks.next(std::mem::take(&mut spent));
            let (later, following) = if parallel { rayon::join(this, next) } else { (this(), next()) };
            part.append(later);
            hand_on(&mut part, take);
            if let Some((line, fault)) = part.stop {
                return Err(ReadError::BadRecord { name: file.name().to_owned(), line, fault });
            }
            current = following.map_err(io_error)?;
            spent = block;
            progress(blocks.consumed());
        }
        if let Some(trouble) = blocks.truncated.take() {
            let Trouble { offset, compressed, reason } = trouble;
            let truncated = Truncated { name: file.name().to_owned(), offset, compressed, reason };
            let is_excused = self.inputs.is_excused(index);
            if self.settings.strict && !is_excused {
                return Err(ReadError::Truncated(truncated));
            }
            part.skipped.truncated.extend((!is_excused).then_some(truncated));
        }
        Ok(part)
    }

    /// A header that has a name twice is told, for other readers may take the other of the two columns; and one whose columns are not
    /// separated as the format says.
    fn judge_header(
        &self,
        (index, frame): (usize, &Frame),
        reader: &RecordReader<'_>,
        line: &[u8],
        skipped: &mut Skipped,
    ) -> Result<(), ReadError> {
        let Some(header) = reader.header.as_ref().filter(|_| frame.shape == Shape::Whole) else { return Ok(()) };
        let number = u64::from(frame.line);
        let fault = match (header.repeated, header.other_delimiter(line, reader.names)) {
            (_, Some(found)) => Fault::OtherDelimiter { found },
            (Some(name), None) if name.decides() => {
                skipped.ambiguous_headers += u64::from(!self.inputs.excuses(index, line));
                Fault::RepeatedField { field: name.text.clone() }
            }
            (Some(name), None) => {
                skipped.add(reader.file.name(), number, Reason::RepeatedField { field: name.text.clone() });
                return Ok(());
            }
            (None, None) => return Ok(()),
        };
        match self.inputs.set_aside((index, frame), line, fault, self.settings.strict, skipped) {
            Some(fault) => Err(ReadError::BadRecord { name: reader.file.name().to_owned(), line: number, fault }),
            None => Ok(()),
        }
    }

    fn block(&self, index: usize, reader: &RecordReader<'_>, block: &Block, parallel: bool) -> Part<T> {
        if !parallel {
            return self.records(index, reader, block, &block.frames);
        }
        /// Enough that threads which finish early find more to do, few enough that putting them together costs nothing.
        const CHUNKS_PER_THREAD: usize = 8;
        let chunk = block.frames.len().div_ceil(rayon::current_num_threads() * CHUNKS_PER_THREAD).max(1);
        let parts: Vec<_> =
            block.frames.par_chunks(chunk).map(|frames| self.records(index, reader, block, frames)).collect();
        let mut all = Part::default();
        parts.into_iter().for_each(|part| all.append(part));
        all
    }

    fn records(&self, index: usize, reader: &RecordReader<'_>, block: &Block, frames: &[Frame]) -> Part<T> {
        let mut part = Part { articles: Vec::with_capacity(frames.len()), ..Part::default() };
        for frame in frames {
            match read_frame(reader, block, frame, self.settings, &mut part.seen, self.work) {
                Ok((output, remarks)) => {
                    remarks.count(reader.file, u64::from(frame.line), &mut part.skipped);
                    part.articles.push((Location::new(index, frame), output));
                }
                Err(fault) => {
                    let (bytes, strict) = (block.record(frame), self.settings.strict);
                    if let Some(fault) = self.inputs.set_aside((index, frame), bytes, fault, strict, &mut part.skipped)
                    {
                        part.stop = Some((u64::from(frame.line), fault));
                        return part;
                    }
                }
            }
        }
        part
    }
}

/// Opens an input's blocks and a reader for their records, which still lacks its header.
pub(super) fn open_records<'n>(
    inputs: &Inputs,
    file: &'n InputFile,
    names: &'n FieldNames,
    settings: &ReadSettings,
) -> Result<(Blocks, RecordReader<'n>), ReadError> {
    let stream = file.open()?;
    let reader = RecordReader { file, names, header: None, transcoded: stream.transcoded };
    let blocks = Blocks::new(stream, Framer::new(file.format()), inputs.block_bytes, settings.max_article_bytes)
        .with_first_line(inputs.first_line);
    Ok((blocks, reader))
}

/// The delimiter of a format with a header line.
pub(super) fn delimiter(format: InputFormat) -> Option<u8> {
    match format {
        InputFormat::Csv => Some(b','),
        InputFormat::Tsv => Some(b'\t'),
        _ => None,
    }
}

/// Takes the header line off an input's first block, where the format has one, and gives the bytes of that line.
pub(super) fn take_header<'n>(
    reader: &mut RecordReader<'n>,
    block: &mut Block,
    names: &'n FieldNames,
) -> Option<Vec<u8>> {
    let delimiter = delimiter(reader.file.format())?;
    let frame = block.frames[0];
    if frame.shape == Shape::Whole {
        block.frames.remove(0);
    }
    // A header that is too large or never closed stays among the records, where it is reported; no row fits it.
    let line = block.record(&frame).to_vec();
    reader.header = Some(Header::new(&line, delimiter, names));
    Some(line)
}

/// Reads the record that a frame holds.
fn read_frame<T>(
    reader: &RecordReader<'_>,
    block: &Block,
    frame: &Frame,
    settings: &ReadSettings,
    seen: &mut Seen,
    work: impl FnOnce(&Article<'_>) -> T,
) -> Result<(T, Remarks), Fault> {
    match frame.shape {
        Shape::Whole => reader.read(block.record(frame), (frame.line, frame.index), seen, work),
        Shape::TooLarge => Err(Fault::TooLarge { max_article_bytes: settings.max_article_bytes }),
        Shape::Open(what) => Err(Fault::NeverClosed { what }),
        Shape::Foreign(foreign) => Err(foreign.into()),
    }
}

/// The name most like `wanted`, where one is like it: at most a third of its letters differ.
fn nearest(wanted: &str, names: &[String]) -> Option<String> {
    let distance = |name: &String| edit_distance(&wanted.to_lowercase(), &name.to_lowercase());
    let (distance, name) = names.iter().map(|name| (distance(name), name)).min()?;
    (distance <= wanted.chars().count().div_ceil(3)).then(|| name.clone())
}

/// How many letters must be put in, taken out or changed to make one word of the other (Levenshtein).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &to) in b.iter().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use proptest::prelude::*;

    use super::*;
    use crate::read::discover_with;

    type Read = Vec<(Location, (String, String, Option<String>))>;

    /// Scans `bytes` as standard input in blocks of `block_bytes`.
    fn scan(format: InputFormat, bytes: &[u8], block_bytes: usize, max_article_bytes: u64) -> (Read, Skipped, Inputs) {
        let settings = ReadSettings { input_format: Some(format), max_article_bytes, ..ReadSettings::default() };
        let input = std::io::Cursor::new(bytes.to_vec());
        let mut inputs = discover_with(&["-".into()], &settings, input).unwrap();
        inputs.block_bytes = block_bytes;
        let scan = inputs.scan(&settings, &|_| (), owned).unwrap();
        (scan.articles, scan.skipped, inputs)
    }

    fn owned(article: &Article<'_>) -> (String, String, Option<String>) {
        (article.id.to_string(), article.text.to_string(), article.title.as_deref().map(str::to_owned))
    }

    const FORMATS: [InputFormat; 5] =
        [InputFormat::Text, InputFormat::Jsonl, InputFormat::Json, InputFormat::Csv, InputFormat::Tsv];

    /// Inputs that are mostly right and in places anything but.
    fn input() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => Just(br#"{"id":1,"text":"a \" } ] \\"}"#.to_vec()),
            2 => Just(r#"{"text":"Tổng, thống","title":"x","y":[{"z":"]"}]}"#.as_bytes().to_vec()),
            2 => Just(b"{\"text\":\n\"two lines\"}".to_vec()),
            2 => Just(b"1,\"a \"\"b\"\", \n c\",d".to_vec()),
            2 => Just(b"id,text,title\n".to_vec()),
            1 => Just(b"3,\"e\r\",f\r".to_vec()),
            1 => Just(b"\xEF\xBB\xBF".to_vec()),
            1 => Just(b"\xFFnguy\xEA\xDEn".to_vec()),
            4 => Just(b"\n".to_vec()),
            1 => Just(b"\r\n \n".to_vec()),
            1 => proptest::collection::vec(prop_oneof![
                Just(b'['), Just(b']'), Just(b'{'), Just(b'}'), Just(b'"'), Just(b','), Just(b'\\'), Just(b'\n'),
                Just(b'\t'), Just(0u8), Just(b'a')
            ], 0..12),
        ];
        proptest::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_block_size_gives_the_same_articles_locations_and_errors(
            bytes in input(), block_bytes in 1usize..80, small in any::<bool>(),
        ) {
            let max_article_bytes = if small { 30 } else { 1 << 20 };
            for format in FORMATS {
                let (whole, whole_skipped, _) = scan(format, &bytes, 1 << 20, max_article_bytes);
                let (read, skipped, _) = scan(format, &bytes, block_bytes, max_article_bytes);
                prop_assert_eq!(read, whole);
                prop_assert_eq!(skipped, whole_skipped);
            }
        }

        #[test]
        fn rereading_and_raw_records_agree_with_the_scan(bytes in input(), block_bytes in 1usize..80) {
            for format in FORMATS {
                let (read, _, inputs) = scan(format, &bytes, block_bytes, 1 << 20);
                let settings = ReadSettings { input_format: Some(format), ..ReadSettings::default() };
                let wanted: Vec<Location> = read.iter().rev().map(|(location, _)| *location).collect();
                let again = inputs.reread(&settings, &wanted, &|_| (), |_, article| owned(article)).unwrap();
                prop_assert!(again.iter().eq(read.iter().rev().map(|(_, article)| article)));

                let mut raw = Vec::new();
                let progress = &|_| ();
                inputs.raw_records(&settings, progress, |record| {
                    raw.push((record.location, record.bytes.to_vec()));
                    ControlFlow::Continue(())
                }).unwrap();
                prop_assert!(raw.is_sorted_by_key(|(location, _)| *location));
                for (location, _) in &read {
                    let found = raw.iter().find(|(other, _)| other == location).expect("each article has its bytes");
                    prop_assert_eq!(found.1.len() as u32, location.length);
                    let from = location.offset as usize;
                    prop_assert_eq!(&bytes[from..from + found.1.len()], &found.1[..]);
                }
            }
        }
    }

    #[test]
    fn a_record_is_located_by_its_first_line_whatever_stands_before_it() {
        let bytes = b"{\"text\":\"a\"}\n\n  \r\n{broken\n{\"text\":\"b\"}";
        for block_bytes in 1..40 {
            let (read, skipped, _) = scan(InputFormat::Jsonl, bytes, block_bytes, 1 << 20);
            let lines: Vec<u32> = read.iter().map(|(location, _)| location.line).collect();
            assert_eq!(lines, [1, 5]);
            assert_eq!(read[1].1.0, "stdin:5");
            assert_eq!((skipped.bad_records, skipped.examples[0].line), (1, 4));
        }
    }

    #[test]
    fn a_record_that_is_too_large_is_located_and_the_next_is_read() {
        let long = "x".repeat(500);
        let jsonl = format!("{{\"text\":\"{long}\"}}\n{{\"text\":\"next\"}}\n");
        let csv = format!("id,text\n1,\"{long}\n{long}\"\n2,next\n");
        let json = format!("[{{\"text\":\"{long}\n\"}},\n{{\"text\":\"next\"}}]");
        for (format, bytes, lines) in
            [(InputFormat::Jsonl, jsonl, (1, 2)), (InputFormat::Csv, csv, (2, 4)), (InputFormat::Json, json, (1, 3))]
        {
            for block_bytes in [1, 64, 1 << 20] {
                let (read, skipped, _) = scan(format, bytes.as_bytes(), block_bytes, 100);
                assert_eq!((read.len(), read[0].1.1.as_str(), read[0].0.line), (1, "next", lines.1));
                assert_eq!(skipped.examples[0].line, lines.0);
                assert_eq!(skipped.examples[0].reason, Reason::Bad(Fault::TooLarge { max_article_bytes: 100 }));
            }
        }
    }

    #[test]
    fn what_is_never_closed_is_reported_where_it_opens() {
        let bytes = b"{\"text\":\"a\"},\n{\"text\":\"b\"";
        for block_bytes in [1, 7, 1 << 20] {
            let (_, skipped, _) = scan(InputFormat::Json, bytes, block_bytes, 1 << 20);
            assert_eq!((skipped.bad_records, skipped.examples[0].line), (1, 2));
            assert_eq!(skipped.examples[0].reason, Reason::Bad(Fault::NeverClosed { what: "object" }));
        }
    }

    /// It was one bad record of many, whatever it had swallowed.
    #[test]
    fn a_quote_that_nothing_closes_cuts_its_input_off() {
        for (format, bytes, articles, reason) in [
            (InputFormat::Csv, "id,text\n1,a\n2,\"b\n3,c\n", 1, "the quote that opens on line 3 is never closed"),
            (
                InputFormat::Csv,
                "id,text\r\"1\",\"a\r\n\"\r2,\"\n\r\"\"b",
                1,
                "the quote that opens on line 4 is never closed",
            ),
            (InputFormat::Tsv, "id\ttext\n\"1\n\"\t\"b\n3\tc\n", 0, "the quote that opens on line 3 is never closed"),
            (InputFormat::Csv, "id,\"text\n1,a\n", 0, "the quote that opens on line 1 is never closed"),
        ] {
            for block_bytes in [1, 7, 1 << 20] {
                let (read, skipped, _) = scan(format, bytes.as_bytes(), block_bytes, 1 << 20);
                assert_eq!((read.len(), skipped.bad_records), (articles, 0), "{bytes}");
                let [truncated] = &skipped.truncated[..] else { panic!("{bytes}: {skipped:?}") };
                assert_eq!((truncated.offset, truncated.reason.as_str()), (bytes.len() as u64, reason), "{bytes}");
            }
        }
        let long = format!("id,text\n1,a\n2,\"{}", "b\n".repeat(90));
        let (_, skipped, _) = scan(InputFormat::Csv, long.as_bytes(), 7, 50);
        assert_eq!(skipped.truncated[0].reason, "a quote in the row that begins on line 3 is never closed");
    }

    /// A CSV whose lines end in CR alone had a header and no row.
    #[test]
    fn lines_that_end_in_cr_are_rows_and_counted() {
        let rows = "id,text\r1,one\r\r2,\"two\rlines\"\r\n3,three\n4,four\r";
        for block_bytes in 1..40 {
            let (read, skipped, _) = scan(InputFormat::Csv, rows.as_bytes(), block_bytes, 1 << 20);
            let found: Vec<_> = read.iter().map(|(at, (id, text, _))| (at.line, id.as_str(), text.as_str())).collect();
            assert_eq!(found, [(2, "1", "one"), (4, "2", "two\rlines"), (6, "3", "three"), (7, "4", "four")]);
            assert!(skipped.is_empty(), "{skipped:?}");
        }
    }

    #[test]
    fn an_array_that_nothing_closes_is_cut_off_and_what_stands_in_it_is_read() {
        let inside = "the record that begins on line 2 and the array around it are never closed";
        for (rest, reason) in [
            ("", "the array of records is never closed"),
            (",\n", "the array of records is never closed"),
            (",\n{\"text\":\"b", inside),
            (",\n{\"text\":\"b\"", inside),
            (",\n12", inside),
        ] {
            let bytes = format!("[{{\"text\":\"a\"}}{rest}");
            for block_bytes in [1, 7, 1 << 20] {
                let (read, skipped, _) = scan(InputFormat::Json, bytes.as_bytes(), block_bytes, 1 << 20);
                assert_eq!((read.len(), read[0].1.1.as_str(), skipped.bad_records), (1, "a", 0), "{bytes}");
                let [truncated] = &skipped.truncated[..] else { panic!("{bytes}: {skipped:?}") };
                assert_eq!((truncated.offset, truncated.reason.as_str()), (bytes.len() as u64, reason), "{bytes}");
            }
        }
    }

    #[test]
    fn small_files_share_a_batch_and_a_large_one_has_its_own() {
        let sizes = [10, 20, SMALL_FILE_BYTES + 1, 5, u64::MAX, 1];
        assert_eq!(batches(sizes.len(), |index| sizes[index]), [0..2, 2..3, 3..4, 4..5, 5..6]);
        assert!(batches(100_000, |_| 1).iter().all(|batch| batch.len() <= BATCH_FILES));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["id", "content", "url"].map(String::from);
        assert_eq!(nearest("Contents", &names).as_deref(), Some("content"));
        assert_eq!(nearest("body", &names), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
