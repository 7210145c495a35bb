//! Chosen records, read again: verification needs the texts of candidates, and no pass keeps texts.
//!
//! A plain file is read only where wanted records lie; a compressed one is decompressed again from its start, and
//! everything between wanted records is dropped as it comes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use rayon::prelude::*;

use crate::article::Article;
use crate::settings::ReadSettings;

use super::Location;
use super::blocks::{BLOCK_BYTES, Block, Blocks};
use super::discover::{InputFile, Inputs};
use super::error::ReadError;
use super::fields::NamesOfInputs;
use super::frame::Framer;
use super::record::{RecordReader, Seen};
#[cfg(feature = "arrow")]
use super::rows::Table;
use super::scan::{batches, delimiter, take_header};
use super::stream::Stream;

/// Records closer than this are read in one go: a seek costs about as much as reading so far.
const GAP_BYTES: u64 = 64 << 10;
/// Where a header line ends can be seen in this much of nearly every file.
const HEADER_BLOCK_BYTES: usize = 64 << 10;

impl Inputs {
    /// Reads the wanted records again and calls `work` with the place of each in `wanted` and its article, in parallel in the
    /// current rayon pool. The outputs come in the order of `wanted`, which may be any, and may name a record twice.
    ///
    /// `progress` is told from time to time how many bytes of wanted records have been read, of the sum of their lengths.
    ///
    /// # Errors
    /// An input that cannot be read, or that has changed since it was scanned.
    pub fn reread<T: Send>(
        &self,
        settings: &ReadSettings,
        wanted: &[Location],
        progress: &dyn Fn(u64),
        work: impl Fn(usize, &Article<'_>) -> T + Sync,
    ) -> Result<Vec<T>, ReadError> {
        let mut outputs = Vec::with_capacity(wanted.len());
        self.reread_into(settings, wanted, progress, work, &mut |place, output| outputs.push((place, output)))?;
        outputs.sort_unstable_by_key(|(place, _)| *place);
        Ok(outputs.into_iter().map(|(_, output)| output).collect())
    }

    /// As [`Inputs::reread`], and hands each output on, with the place in `wanted`, as soon as some megabytes are read: in the
    /// order of the input, whatever that of `wanted`.
    ///
    /// # Errors
    /// As [`Inputs::reread`].
    pub fn reread_into<T: Send>(
        &self,
        settings: &ReadSettings,
        wanted: &[Location],
        progress: &dyn Fn(u64),
        work: impl Fn(usize, &Article<'_>) -> T + Sync,
        take: &mut dyn FnMut(usize, T),
    ) -> Result<(), ReadError> {
        self.go_on()?;
        let names = NamesOfInputs::new(settings, self.zone());
        let rereader = Rereader {
            inputs: self,
            wanted,
            max_article_bytes: settings.max_article_bytes,
            names: &names,
            work: &work,
        };
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_unstable_by_key(|&place| (wanted[place], place));
        let by_file: Vec<&[usize]> = order.chunk_by(|&a, &b| wanted[a].file == wanted[b].file).collect();
        let bytes_of = |places: &[usize]| places.iter().map(|&place| u64::from(wanted[place].length)).sum::<u64>();
        let mut done = 0;
        for batch in batches(by_file.len(), |index| bytes_of(by_file[index])) {
            let files = &by_file[batch];
            if let [places] = files {
                rereader.file(places, true, &|bytes| progress(done + bytes), take)?;
            } else {
                let small = |places: &&[usize]| {
                    let mut outputs = Vec::with_capacity(places.len());
                    rereader.file(places, false, &|_| (), &mut |place, output| outputs.push((place, output)))?;
                    Ok(outputs)
                };
                let parts: Vec<Result<_, ReadError>> = files.par_iter().map(small).collect();
                for part in parts {
                    part?.into_iter().for_each(|(place, output)| take(place, output));
                }
            }
            done += files.iter().map(|places| bytes_of(places)).sum::<u64>();
            progress(done);
        }
        Ok(())
    }
}

/// Part of an input that is read in one go: from the first of its records to the last.
struct Span {
    bytes: Range<u64>,
    /// Its records, as a range of the places wanted of this file.
    places: Range<usize>,
}

struct Rereader<'i, W> {
    inputs: &'i Inputs,
    wanted: &'i [Location],
    max_article_bytes: u64,
    names: &'i NamesOfInputs,
    work: &'i W,
}

impl<T: Send, W: Fn(usize, &Article<'_>) -> T + Sync> Rereader<'_, W> {
    /// The records of one file, whose `places` in `wanted` are sorted by location.
    fn file(
        &self,
        places: &[usize],
        parallel: bool,
        progress: &dyn Fn(u64),
        take: &mut dyn FnMut(usize, T),
    ) -> Result<(), ReadError> {
        let number = self.wanted[places[0]].file;
        let Some(file) = self.inputs.files().get(number as usize) else {
            return Err(ReadError::Changed { name: format!("input {number}") });
        };
        #[cfg(feature = "arrow")]
        if let Some(table) = Table::open(file, self.names.of(file), self.max_article_bytes)? {
            let outputs = table.reread(self.inputs, self.wanted, places, self.work)?;
            outputs.into_iter().for_each(|(place, output)| take(place, output));
            return Ok(());
        }
        let mut source = SpanSource::open(file)?;
        let mut reader =
            RecordReader { file, names: self.names.of(file), header: None, transcoded: source.is_transcoded() };
        self.read_header(&mut reader)?;
        let (mut buffer, mut done) = (Vec::new(), 0);
        for span in self.spans(places) {
            self.inputs.go_on()?;
            source.read(&span.bytes, &mut buffer).map_err(|error| changed_or_io(file, error))?;
            let places = &places[span.places];
            let read = |&place: &usize| self.record(&reader, place, &buffer, span.bytes.start);
            let part: Vec<_> =
                if parallel { places.par_iter().map(read).collect() } else { places.iter().map(read).collect() };
            for output in part {
                let (place, output) = output?;
                take(place, output);
            }
            done += places.iter().map(|&place| u64::from(self.wanted[place].length)).sum::<u64>();
            progress(done);
        }
        Ok(())
    }

    fn read_header<'n>(&'n self, reader: &mut RecordReader<'n>) -> Result<(), ReadError> {
        let file = reader.file;
        if delimiter(file.format()).is_none() {
            return Ok(());
        }
        let block_bytes = HEADER_BLOCK_BYTES.min(self.inputs.block_bytes);
        let mut blocks = Blocks::new(file.open()?, Framer::new(file.format()), block_bytes, self.max_article_bytes);
        let first = blocks.next(Block::default()).map_err(|error| file.io_error(error))?;
        let mut first = first.ok_or_else(|| changed(file))?;
        take_header(reader, &mut first, reader.names);
        Ok(())
    }

    fn record(
        &self,
        reader: &RecordReader<'_>,
        place: usize,
        buffer: &[u8],
        base: u64,
    ) -> Result<(usize, T), ReadError> {
        let location = self.wanted[place];
        let start = (location.offset - base) as usize;
        let bytes = buffer.get(start..).and_then(|rest| rest.get(..location.length as usize));
        let bytes = bytes.ok_or_else(|| changed(reader.file))?;
        let read = reader
            .read(bytes, (location.line, location.index), &mut Seen::default(), |article| (self.work)(place, article));
        // It was read before: that it cannot be read now means that the bytes are others.
        read.map(|(output, _)| (place, output)).map_err(|_| changed(reader.file))
    }

    /// Groups records that lie close together, at most a block at once.
    fn spans(&self, places: &[usize]) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (index, &place) in places.iter().enumerate() {
            let Location { offset, length, .. } = self.wanted[place];
            let end = offset.saturating_add(u64::from(length));
            match spans.last_mut() {
                Some(span)
                    if offset <= span.bytes.end.saturating_add(GAP_BYTES)
                        && end.saturating_sub(span.bytes.start) <= self.inputs.block_bytes as u64
                        || end <= span.bytes.end =>
                {
                    span.bytes.end = span.bytes.end.max(end);
                    span.places.end = index + 1;
                }
                _ => spans.push(Span { bytes: offset..end, places: index..index + 1 }),
            }
        }
        spans
    }
}

/// An input of which parts are read, each beginning after the last.
enum SpanSource {
    File(File),
    Stream { stream: Stream, at: u64 },
}

impl SpanSource {
    fn open(file: &InputFile) -> Result<Self, ReadError> {
        let stream = file.open()?;
        if stream.can_seek() && file.path().is_some() {
            return Ok(SpanSource::File(file.open_file()?.0));
        }
        Ok(SpanSource::Stream { at: stream.start, stream })
    }

    fn is_transcoded(&self) -> bool {
        matches!(self, SpanSource::Stream { stream, .. } if stream.transcoded)
    }

    /// Fills `buffer` with exactly these bytes.
    fn read(&mut self, bytes: &Range<u64>, buffer: &mut Vec<u8>) -> io::Result<()> {
        let length = bytes.end - bytes.start;
        buffer.clear();
        let read = match self {
            SpanSource::File(file) => {
                file.seek(SeekFrom::Start(bytes.start))?;
                buffer.reserve(length.min(BLOCK_BYTES as u64) as usize);
                file.take(length).read_to_end(buffer)?
            }
            SpanSource::Stream { stream, at } => {
                let before = bytes.start.saturating_sub(*at);
                let passed = io::copy(&mut stream.take(before), &mut io::sink())?;
                let read = stream.take(length).read_to_end(buffer)?;
                *at += passed + read as u64;
                read
            }
        };
        if read as u64 == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

fn changed(file: &InputFile) -> ReadError {
    ReadError::Changed { name: file.name().to_owned() }
}

/// What lay there in the first pass is there no more, or cannot be read at all.
fn changed_or_io(file: &InputFile, error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => changed(file),
        _ => file.io_error(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::discover;

    fn file_of(lines: u32) -> (tempfile::TempDir, Inputs) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let text: String = (0..lines).map(|line| format!("{{\"id\":{line},\"text\":\"number {line}\"}}\n")).collect();
        std::fs::write(&path, text).unwrap();
        let inputs = discover(&[path], &ReadSettings::default()).unwrap();
        (folder, inputs)
    }

    fn locations(inputs: &Inputs) -> Vec<Location> {
        let scan = inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap();
        scan.articles.into_iter().map(|(location, ())| location).collect()
    }

    #[test]
    fn near_records_are_read_in_one_go_and_far_ones_are_not() {
        let (_folder, mut inputs) = file_of(20_000);
        let wanted: Vec<Location> = locations(&inputs).into_iter().step_by(5_000).take(3).collect();
        let near = [wanted[0], Location { offset: wanted[0].offset + 100, ..wanted[0] }, wanted[2]];
        inputs.block_bytes = 1 << 20;
        let names = NamesOfInputs::new(&ReadSettings::default(), None);
        let work = |_: usize, _: &Article<'_>| ();
        let rereader = Rereader { inputs: &inputs, wanted: &near, max_article_bytes: 0, names: &names, work: &work };
        let spans: Vec<Range<usize>> = rereader.spans(&[0, 1, 2]).into_iter().map(|span| span.places).collect();
        assert_eq!(spans, [0..2, 2..3]);
    }

    #[test]
    fn any_choice_in_any_order_for_any_block_size_is_read() {
        let (_folder, mut inputs) = file_of(300);
        let all = locations(&inputs);
        let wanted: Vec<Location> = (0..500).map(|place| all[place * 7919 % 300]).collect();
        for block_bytes in [1, 100, 1 << 20] {
            inputs.block_bytes = block_bytes;
            let read = inputs.reread(&ReadSettings::default(), &wanted, &|_| (), |_, article| article.id.to_string());
            let expected: Vec<String> = (0..500).map(|place| (place * 7919 % 300).to_string()).collect();
            assert_eq!(read.unwrap(), expected);
        }
    }

    #[test]
    fn a_location_that_is_none_is_an_error_and_no_panic() {
        let (_folder, inputs) = file_of(3);
        for location in [
            Location { file: 7, offset: 0, length: 1, line: 1, index: 0 },
            Location { file: 0, offset: 1, length: 5, line: 1, index: 0 },
            Location { file: 0, offset: 1 << 40, length: 5, line: 1, index: 0 },
            Location { file: 0, offset: u64::MAX, length: u32::MAX, line: 1, index: 0 },
        ] {
            let read = inputs.reread(&ReadSettings::default(), &[location], &|_| (), |_, _| ());
            assert!(read.is_err(), "{location:?}");
        }
    }
}
