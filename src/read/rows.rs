//! Rows of record batches in, articles out: what a Parquet file and a table in memory have in common (feature `arrow`).
//!
//! Either comes in parts that threads work on by themselves: row groups of a file, slices of a table. A row is located by its
//! number in the whole, and has no bytes of its own to write back.

use std::ops::Range;

use arrow_array::RecordBatch;
use rayon::prelude::*;

use crate::article::Article;
use crate::settings::ReadSettings;

use super::Location;
use super::blocks::{Frame, Shape};
use super::columns::{Columns, names_in};
use super::discover::{InputFile, Inputs};
use super::error::{Fault, ReadError};
use super::fields::{FieldNames, Fields, LongText};
#[cfg(feature = "parquet")]
use super::parquet::ParquetFile;
use super::record::{self, Seen};
use super::scan::{Part, hand_on};

/// So many rows at least are worked on before what was made of them is handed on.
const ROWS_AT_ONCE: u64 = 8192;

/// A table in memory is cut into slices of so many rows: enough of them for any number of threads, each worth a thread's time.
const SLICE_ROWS: usize = 256;

/// Record batches, cut into slices that share their memory.
#[derive(Debug)]
pub(super) struct Slices {
    batches: Vec<RecordBatch>,
    parts: Vec<RowPart>,
}

/// A part of the rows of an input, and how many bytes it takes there, about.
#[derive(Debug)]
pub(super) struct RowPart {
    pub(super) rows: Range<u64>,
    pub(super) stored_bytes: u64,
}

impl Slices {
    pub(super) fn of(batches: Vec<RecordBatch>) -> Slices {
        let mut slices = Slices { batches: Vec::new(), parts: Vec::new() };
        let mut first = 0;
        for batch in batches {
            let bytes_of_row = batch.get_array_memory_size() / batch.num_rows().max(1);
            for start in (0..batch.num_rows()).step_by(SLICE_ROWS) {
                let slice = batch.slice(start, SLICE_ROWS.min(batch.num_rows() - start));
                let rows = slice.num_rows();
                slices
                    .parts
                    .push(RowPart { rows: first..first + rows as u64, stored_bytes: (bytes_of_row * rows) as u64 });
                slices.batches.push(slice);
                first += rows as u64;
            }
        }
        slices
    }

    pub(super) fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.stored_bytes).sum()
    }
}

/// Where the batches of a table come from.
enum Source<'n> {
    Memory(&'n Slices),
    #[cfg(feature = "parquet")]
    File(ParquetFile<'n>),
}

/// An input that is rows of columns.
pub(super) struct Table<'n> {
    file: &'n InputFile,
    names: &'n FieldNames,
    source: Source<'n>,
}

impl<'n> Table<'n> {
    /// The table that an input is; `None` where it is none.
    pub(super) fn open(
        file: &'n InputFile,
        names: &'n FieldNames,
        max_article_bytes: u64,
    ) -> Result<Option<Table<'n>>, ReadError> {
        #[cfg(not(feature = "parquet"))]
        let _ = max_article_bytes;
        if let Some(slices) = file.slices() {
            return Ok(Some(Table { file, names, source: Source::Memory(slices) }));
        }
        #[cfg(feature = "parquet")]
        if file.format() == crate::settings::InputFormat::Parquet {
            let source = Source::File(ParquetFile::open(file, names, max_article_bytes)?);
            return Ok(Some(Table { file, names, source }));
        }
        Ok(None)
    }

    /// The names of all columns, those of nested ones as `a.b`.
    pub(super) fn column_names(&self) -> Vec<String> {
        match &self.source {
            Source::Memory(slices) => {
                slices.batches.first().map_or_else(Vec::new, |batch| names_in(batch.schema_ref()))
            }
            #[cfg(feature = "parquet")]
            Source::File(file) => names_in(file.schema()),
        }
    }

    fn parts(&self) -> &[RowPart] {
        match &self.source {
            Source::Memory(slices) => &slices.parts,
            #[cfg(feature = "parquet")]
            Source::File(file) => file.parts(),
        }
    }

    /// Calls `work` on every row of one part, until it gives an error.
    fn each_row(&self, part: usize, mut work: impl FnMut(Row<'_>) -> Result<(), ReadError>) -> Result<(), ReadError> {
        let mut number = self.parts()[part].rows.start;
        let mut each_of = |batch: &RecordBatch| {
            let columns = Columns::of(batch, self.names);
            (0..batch.num_rows()).try_for_each(|place| {
                let row = Row { columns: &columns, place, number };
                number += 1;
                work(row)
            })
        };
        match &self.source {
            Source::Memory(slices) => each_of(&slices.batches[part]),
            #[cfg(feature = "parquet")]
            Source::File(file) => file.each_batch(part, each_of),
        }
    }

    /// Reads every row, parts in parallel where `parallel` says so. What the part that is returned holds of articles comes behind
    /// what was handed on.
    pub(super) fn scan<T: Send>(
        &self,
        (inputs, file_number): (&Inputs, usize),
        parallel: bool,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        work: &(impl Fn(&Article<'_>) -> T + Sync),
        take: &mut dyn FnMut(Location, T),
    ) -> Result<Part<T>, ReadError> {
        let read = |part| self.scan_part(inputs, file_number, part, settings, work);
        let (mut all, mut done, mut first) = (Part::default(), 0, 0);
        while first < self.parts().len() {
            inputs.go_on()?;
            let parts = first..if parallel { self.end_of_round(first) } else { first + 1 };
            let read: Vec<_> = match parts.len() {
                1 => vec![read(first)],
                _ => parts.clone().into_par_iter().map(read).collect(),
            };
            for part in read {
                all.append(part?);
            }
            if let Some((line, fault)) = all.stop {
                return Err(ReadError::BadRecord { name: self.file.name().to_owned(), line, fault });
            }
            if parallel {
                hand_on(&mut all, take);
            }
            first = parts.end;
            done += self.parts()[parts].iter().map(|part| part.stored_bytes).sum::<u64>();
            progress(done);
        }
        Ok(all)
    }

    /// Where the parts end that are read at once from this one on: one a thread at least, and as many as have rows enough.
    fn end_of_round(&self, first: usize) -> usize {
        let parts = self.parts();
        let enough = parts.partition_point(|part| part.rows.start < parts[first].rows.start + ROWS_AT_ONCE);
        enough.max(first + rayon::current_num_threads()).clamp(first + 1, parts.len())
    }

    fn scan_part<T>(
        &self,
        inputs: &Inputs,
        file_number: usize,
        part: usize,
        settings: &ReadSettings,
        work: &impl Fn(&Article<'_>) -> T,
    ) -> Result<Part<T>, ReadError> {
        let mut read_part = Part::default();
        self.each_row(part, |row| {
            let frame = frame(row.number);
            let line = u64::from(frame.line);
            let fields = row.fields();
            let too_large = fields.text_bytes() as u64 > settings.max_article_bytes;
            let read = if too_large {
                Err(Fault::TooLarge { max_article_bytes: settings.max_article_bytes })
            } else {
                let at = (self.file, frame.line, 0);
                record::finish(fields, self.names, at, || row.other_text(), &mut read_part.seen, work)
            };
            match read {
                Ok((output, remarks)) => {
                    remarks.count(self.file, line, &mut read_part.skipped);
                    read_part.articles.push((Location::new(file_number, &frame), output));
                }
                Err(fault) => {
                    let strict = settings.strict;
                    let stop = inputs.set_aside((file_number, &frame), &[], fault, strict, &mut read_part.skipped);
                    read_part.stop = read_part.stop.take().or_else(|| stop.map(|fault| (line, fault)));
                }
            }
            Ok(())
        })?;
        Ok(read_part)
    }

    /// Reads chosen rows: `places` in `wanted`, sorted by location.
    pub(super) fn reread<T: Send>(
        &self,
        inputs: &Inputs,
        wanted: &[Location],
        places: &[usize],
        work: &(impl Fn(usize, &Article<'_>) -> T + Sync),
    ) -> Result<Vec<(usize, T)>, ReadError> {
        let parts: Vec<_> = (0..self.parts().len())
            .into_par_iter()
            .map(|part| {
                inputs.go_on()?;
                self.reread_part(part, wanted, places, work)
            })
            .collect();
        let mut outputs = Vec::with_capacity(places.len());
        for part in parts {
            outputs.extend(part?);
        }
        if outputs.len() == places.len() { Ok(outputs) } else { Err(self.changed()) }
    }

    fn reread_part<T>(
        &self,
        part: usize,
        wanted: &[Location],
        places: &[usize],
        work: &impl Fn(usize, &Article<'_>) -> T,
    ) -> Result<Vec<(usize, T)>, ReadError> {
        let rows = &self.parts()[part].rows;
        let from = places.partition_point(|&place| wanted[place].offset < rows.start);
        let to = places.partition_point(|&place| wanted[place].offset < rows.end);
        let mut next = places[from..to].iter().copied().peekable();
        let mut outputs = Vec::with_capacity(to - from);
        if next.peek().is_none() {
            return Ok(outputs);
        }
        self.each_row(part, |row| {
            if next.peek().is_none_or(|&place| wanted[place].offset != row.number) {
                return Ok(());
            }
            let line = frame(row.number).line;
            let at = (self.file, line, 0);
            let read = record::finish(
                row.fields(),
                self.names,
                at,
                || None,
                &mut Seen::default(),
                |article| {
                    while let Some(place) = next.next_if(|&place| wanted[place].offset == row.number) {
                        outputs.push((place, work(place, article)));
                    }
                },
            );
            read.map(drop).map_err(|_| self.changed())
        })?;
        Ok(outputs)
    }

    fn changed(&self) -> ReadError {
        ReadError::Changed { name: self.file.name().to_owned() }
    }
}

/// One row of a table.
struct Row<'c> {
    columns: &'c Columns<'c>,
    /// Its place in the batch.
    place: usize,
    /// Its number in the table.
    number: u64,
}

impl<'c> Row<'c> {
    fn fields(&self) -> Fields<'c> {
        self.columns.fields(self.place)
    }

    fn other_text(&self) -> Option<LongText> {
        self.columns.other_text(self.place)
    }
}

fn frame(row: u64) -> Frame {
    let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
    Frame { offset: row, length: 1, line, index: 0, shape: Shape::Whole }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use arrow_array::{ArrayRef, StringArray};

    use super::*;
    use crate::read::Reason;

    /// Rows `from..to`, every tenth without a text.
    fn batch(from: usize, to: usize) -> RecordBatch {
        let ids: StringArray = (from..to).map(|row| Some(format!("n{row}"))).collect();
        let texts: StringArray = (from..to).map(|row| (row % 10 != 0).then(|| format!("bài {row}"))).collect();
        RecordBatch::try_from_iter_with_nullable([
            ("ID", Arc::new(ids) as ArrayRef, false),
            ("content", Arc::new(texts) as ArrayRef, true),
        ])
        .unwrap()
    }

    /// Of each article its row and what it says, and the lines of rows that are none.
    type Read = (Vec<(u64, String)>, Vec<u64>);

    fn read(inputs: &Inputs) -> Result<Read, ReadError> {
        let scan =
            inputs.scan(&ReadSettings::default(), &|_| (), |article| format!("{} {}", article.id, article.text))?;
        let bad = scan.skipped.examples.iter().filter(|one| matches!(one.reason, Reason::Bad(_)));
        let bad = bad.map(|one| one.line).collect();
        Ok((scan.articles.into_iter().map(|(location, found)| (location.offset, found)).collect(), bad))
    }

    #[test]
    fn rows_are_the_same_however_they_are_cut_into_batches() {
        let (whole, bad) = read(&Inputs::of_batches("table", vec![batch(0, 2_000)])).unwrap();
        assert_eq!((whole.len(), &whole[0]), (1_800, &(1, "n1 bài 1".to_owned())));
        assert_eq!(bad, [1, 11, 21, 31, 41], "the first row is 1");
        for cut in [1, 7, 255, 256, 257, 1_999] {
            let batches = (0..2_000).step_by(cut).map(|from| batch(from, 2_000.min(from + cut))).collect();
            assert_eq!(read(&Inputs::of_batches("table", batches)).unwrap().0, whole, "{cut}");
        }
        let slices = (0..4).map(|part| batch(0, 2_000).slice(part * 500, 500)).collect();
        assert_eq!(read(&Inputs::of_batches("table", slices)).unwrap().0, whole);
        assert_eq!(read(&Inputs::of_batches("table", Vec::new())).unwrap(), (Vec::new(), Vec::new()));
    }

    #[test]
    fn chosen_rows_are_read_again_in_the_order_asked_for() {
        let inputs = Inputs::of_batches("table", vec![batch(0, 700), batch(700, 1_000)]);
        let settings = ReadSettings::default();
        let scan = inputs.scan(&settings, &|_| (), |article| article.id.to_string()).unwrap();
        let places = [5, 800, 4, 5, 899];
        let wanted: Vec<Location> = places.map(|at: usize| scan.articles[at].0).to_vec();
        let again = inputs.reread(&settings, &wanted, &|_| (), |_, article| article.id.to_string()).unwrap();
        assert!(again.iter().eq(places.iter().map(|&at| &scan.articles[at].1)));
    }

    #[test]
    fn text_is_read_where_it_stands() {
        let batch = batch(0, 10);
        let texts = batch.column(1).to_data();
        let memory = texts.buffers()[1].as_slice().as_ptr() as usize..;
        let memory = memory.start..memory.start + texts.buffers()[1].len();
        let inputs = Inputs::of_batches("table", vec![batch]);
        let inside = |article: &Article<'_>| memory.contains(&(article.text.as_ptr() as usize));
        let scan = inputs.scan(&ReadSettings::default(), &|_| (), inside);
        assert!(scan.unwrap().articles.iter().all(|&(_, inside)| inside));
    }

    #[test]
    fn who_is_told_to_stop_stops() {
        let stop = Arc::new(AtomicBool::new(false));
        let inputs = Inputs::of_batches("table", vec![batch(0, 100)]).until(Arc::clone(&stop));
        assert!(read(&inputs).is_ok());
        stop.store(true, Ordering::Relaxed);
        assert!(matches!(read(&inputs), Err(ReadError::Stopped)));
        let again = inputs.reread(&ReadSettings::default(), &[], &|_| (), |_, _| ());
        assert!(matches!(again, Err(ReadError::Stopped)));
    }

    #[test]
    fn a_misspelled_field_is_an_error_that_names_the_nearest() {
        let settings = ReadSettings { text_field: Some("contents".into()), ..ReadSettings::default() };
        let error = Inputs::of_batches("table", vec![batch(0, 9)]).scan(&settings, &|_| (), |_| ()).unwrap_err();
        assert!(error.to_string().ends_with("did you mean `content`?"), "{error}");
    }
}
