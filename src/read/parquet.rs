//! A Parquet file in, its articles out (feature `parquet`).
//!
//! Only the columns that an article can use are decoded, row by row, each row group by one thread: memory is then a few
//! pages of each such column and thread. A row is located by its number; it has no bytes of its own to write back.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::serialized_reader::SerializedRowGroupReader;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use rayon::prelude::*;

use crate::article::{Article, Published};
use crate::settings::ReadSettings;

use super::Location;
use super::blocks::{Frame, Shape};
use super::discover::{InputFile, Inputs};
use super::error::{Fault, ReadError};
use super::fields::{FieldNames, Fields, Name, Value};
use super::record::{self, Seen};
use super::scan::Part;

/// An open Parquet file, of which the columns of use are read.
pub(super) struct Table<'n> {
    file: &'n InputFile,
    names: &'n FieldNames,
    reader: SerializedFileReader<File>,
    columns: Option<Type>,
    groups: Vec<Group>,
}

/// A part of the file that is decoded by itself.
struct Group {
    rows: Range<u64>,
    stored_bytes: u64,
}

impl<'n> Table<'n> {
    pub(super) fn open(file: &'n InputFile, names: &'n FieldNames) -> Result<Self, ReadError> {
        let reader = SerializedFileReader::new(file.open_file()?.0).map_err(|error| parquet_error(file, &error))?;
        let metadata = reader.metadata();
        let schema = metadata.file_metadata().schema();
        let columns: Vec<Arc<Type>> =
            schema.get_fields().iter().filter(|column| names.find(column.name()).is_some()).cloned().collect();
        let columns = if columns.is_empty() {
            None
        } else {
            let chosen = Type::group_type_builder(schema.name()).with_fields(columns).build();
            Some(chosen.map_err(|error| parquet_error(file, &error))?)
        };
        let mut first = 0;
        let groups = metadata.row_groups().iter().map(|group| {
            let rows = first..first + u64::try_from(group.num_rows()).unwrap_or(0);
            first = rows.end;
            Group { rows, stored_bytes: u64::try_from(group.compressed_size()).unwrap_or(0) }
        });
        let groups = groups.collect();
        Ok(Table { file, names, reader, columns, groups })
    }

    /// The names of all columns, those of nested ones as `a.b`.
    pub(super) fn column_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for column in self.reader.metadata().file_metadata().schema().get_fields() {
            names.push(column.name().to_owned());
            if column.is_group() {
                names.extend(column.get_fields().iter().map(|inner| format!("{}.{}", column.name(), inner.name())));
            }
        }
        names
    }

    /// Calls `work` on every row of one group, with its number in the file, until it gives an error.
    fn each_row(
        &self,
        group: usize,
        mut work: impl FnMut(u64, Fields<'static>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let failed = |error| parquet_error(self.file, &error);
        // With a handle of its own: handles that the reader clones share one place in the file, and groups are read at once.
        let file = Arc::new(self.file.open_file()?.0);
        let metadata = self.reader.metadata();
        let (of_group, pages) = (metadata.row_group(group), metadata.page_index_for_row_group(group));
        let properties = Arc::new(ReaderProperties::builder().build());
        let rows = SerializedRowGroupReader::new(file, of_group, pages, properties).map_err(failed)?;
        let iterator = rows.get_row_iter(self.columns.clone()).map_err(failed)?;
        for (number, row) in self.groups[group].rows.clone().zip(iterator) {
            work(number, self.fields(row.map_err(failed)?))?;
        }
        Ok(())
    }

    fn fields(&self, row: Row) -> Fields<'static> {
        let mut fields = Fields::default();
        for (column, field) in row.into_columns() {
            if let Some(name) = self.names.find(&column) {
                put(&mut fields, self.names, name, field);
            }
        }
        fields
    }

    /// Reads every row, row groups in parallel where `parallel` says so.
    pub(super) fn scan<T: Send>(
        &self,
        inputs: &Inputs,
        file_number: usize,
        parallel: bool,
        settings: &ReadSettings,
        progress: &dyn Fn(u64),
        work: &(impl Fn(&Article<'_>) -> T + Sync),
    ) -> Result<Part<T>, ReadError> {
        let read = |group| self.scan_group(inputs, file_number, group, settings, work);
        let at_once = if parallel { rayon::current_num_threads().max(1) } else { 1 };
        let (mut all, mut done) = (Part::default(), 0);
        for first in (0..self.groups.len()).step_by(at_once) {
            let groups = first..self.groups.len().min(first + at_once);
            let parts: Vec<_> = match groups.len() {
                1 => vec![read(first)],
                _ => groups.clone().into_par_iter().map(read).collect(),
            };
            for part in parts {
                all.append(part?);
            }
            if let Some((line, fault)) = all.stop {
                return Err(ReadError::BadRecord { name: self.file.name().to_owned(), line, fault });
            }
            done += self.groups[groups].iter().map(|group| group.stored_bytes).sum::<u64>();
            progress(done);
        }
        Ok(all)
    }

    fn scan_group<T>(
        &self,
        inputs: &Inputs,
        file_number: usize,
        group: usize,
        settings: &ReadSettings,
        work: &impl Fn(&Article<'_>) -> T,
    ) -> Result<Part<T>, ReadError> {
        let mut part = Part::default();
        self.each_row(group, |number, fields| {
            let frame = frame(number);
            let line = u64::from(frame.line);
            let too_large = fields.text_bytes() as u64 > settings.max_article_bytes;
            let read = if too_large {
                Err(Fault::TooLarge { max_article_bytes: settings.max_article_bytes })
            } else {
                record::finish(fields, self.names, self.file, frame.line, &mut part.seen, work)
            };
            match read {
                Ok((output, remarks)) => {
                    remarks.count(self.file, line, &mut part.skipped);
                    part.articles.push((Location::new(file_number, &frame), output));
                }
                Err(fault) => {
                    let strict = settings.strict;
                    let stop = inputs.set_aside((file_number, &frame), &[], fault, strict, &mut part.skipped);
                    part.stop = part.stop.take().or_else(|| stop.map(|fault| (line, fault)));
                }
            }
            Ok(())
        })?;
        Ok(part)
    }

    /// Reads chosen rows: `places` in `wanted`, sorted by location.
    pub(super) fn reread<T: Send>(
        &self,
        wanted: &[Location],
        places: &[usize],
        work: &(impl Fn(usize, &Article<'_>) -> T + Sync),
    ) -> Result<Vec<(usize, T)>, ReadError> {
        let parts: Vec<_> = (0..self.groups.len())
            .into_par_iter()
            .map(|group| self.reread_group(group, wanted, places, work))
            .collect();
        let mut outputs = Vec::with_capacity(places.len());
        for part in parts {
            outputs.extend(part?);
        }
        if outputs.len() == places.len() { Ok(outputs) } else { Err(self.changed()) }
    }

    fn reread_group<T>(
        &self,
        group: usize,
        wanted: &[Location],
        places: &[usize],
        work: &impl Fn(usize, &Article<'_>) -> T,
    ) -> Result<Vec<(usize, T)>, ReadError> {
        let rows = &self.groups[group].rows;
        let from = places.partition_point(|&place| wanted[place].offset < rows.start);
        let to = places.partition_point(|&place| wanted[place].offset < rows.end);
        let mut next = places[from..to].iter().copied().peekable();
        let mut outputs = Vec::with_capacity(to - from);
        if next.peek().is_none() {
            return Ok(outputs);
        }
        self.each_row(group, |number, fields| {
            if next.peek().is_none_or(|&place| wanted[place].offset != number) {
                return Ok(());
            }
            let line = frame(number).line;
            let read = record::finish(fields, self.names, self.file, line, &mut Seen::default(), |article| {
                while let Some(place) = next.next_if(|&place| wanted[place].offset == number) {
                    outputs.push((place, work(place, article)));
                }
            });
            read.map(drop).map_err(|_| self.changed())
        })?;
        Ok(outputs)
    }

    fn changed(&self) -> ReadError {
        ReadError::Changed { name: self.file.name().to_owned() }
    }
}

fn frame(row: u64) -> Frame {
    let line = u32::try_from(row + 1).unwrap_or(u32::MAX);
    Frame { offset: row, length: 1, line, shape: Shape::Whole }
}

fn parquet_error(file: &InputFile, error: &ParquetError) -> ReadError {
    ReadError::Parquet { name: file.name().to_owned(), reason: error.to_string() }
}

fn put(fields: &mut Fields<'static>, names: &FieldNames, name: &Name, field: Field) {
    for (role, path) in &name.nested {
        let found = path.iter().try_fold(&field, |field, part| match field {
            Field::Group(row) => {
                row.get_column_iter().find(|(name, _)| name.eq_ignore_ascii_case(part)).map(|(_, field)| field)
            }
            _ => None,
        });
        if let Some(found) = found {
            fields.put_role(names, *role, 0, value(found.clone()));
        }
    }
    fields.put(names, name, value(field));
}

fn value(field: Field) -> Value<'static> {
    let at = |epoch_seconds| Value::Text(Cow::Owned(Published { epoch_seconds }.to_string()));
    match field {
        Field::Null => Value::Null,
        Field::Str(text) => Value::Text(Cow::Owned(text)),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Value::Text(Cow::Owned(text.to_owned())),
            Err(_) => Value::Unusable("bytes that are no UTF-8"),
        },
        Field::Byte(number) => Value::Integer(number.into()),
        Field::Short(number) => Value::Integer(number.into()),
        Field::Int(number) => Value::Integer(number.into()),
        Field::Long(number) => Value::Integer(number),
        Field::UByte(number) => Value::Integer(number.into()),
        Field::UShort(number) => Value::Integer(number.into()),
        Field::UInt(number) => Value::Integer(number.into()),
        Field::ULong(number) => i64::try_from(number).map_or(Value::Large(number), Value::Integer),
        Field::Float(number) => Value::Number(number.into()),
        Field::Double(number) => Value::Number(number),
        Field::Date(days) => at(i64::from(days) * 86_400),
        Field::TimestampMillis(time) => at(time.div_euclid(1_000)),
        Field::TimestampMicros(time) => at(time.div_euclid(1_000_000)),
        // As in JSON: of an object with a name, such as a source, the name.
        Field::Group(row) => match row.into_columns().into_iter().find(|(name, _)| name == "name") {
            Some((_, Field::Str(name))) => Value::Text(Cow::Owned(name)),
            _ => Value::Unusable("an object"),
        },
        Field::ListInternal(_) => Value::Unusable("a list"),
        _ => Value::Unusable("of a kind that cannot be used"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::{Compression, ZstdLevel};
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::read::{Inputs, discover};

    const SCHEMA: &str = "message news {
        required byte_array ID (UTF8);
        optional byte_array content (UTF8);
        optional int64 published (TIMESTAMP(MILLIS,true));
        required byte_array unused;
    }";

    /// Three row groups of 100 articles, every tenth without a text.
    fn table(compression: Compression) -> (tempfile::TempDir, Inputs) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("news.parquet");
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
        let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, properties).unwrap();
        for first in [0, 100, 200] {
            let ids: Vec<ByteArray> = (first..first + 100).map(|id| format!("n{id}").as_str().into()).collect();
            let texts: Vec<ByteArray> =
                (first..first + 100).filter(|id| id % 10 != 0).map(|id| format!("bài {id}").as_str().into()).collect();
            let has_text: Vec<i16> = (0..100).map(|id| i16::from(id % 10 != 0)).collect();
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&ids, None, None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&texts, Some(&has_text), None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&[1_638_932_700_000; 100], Some(&[1; 100]), None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&ids, None, None).unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
        let inputs = discover(&[path], &ReadSettings::default()).unwrap();
        (folder, inputs)
    }

    #[test]
    fn rows_are_articles_in_order_under_every_compression() {
        let zstd = Compression::ZSTD(ZstdLevel::default());
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::GZIP(Default::default()), zstd]
        {
            let (_folder, inputs) = table(compression);
            let work = |article: &Article<'_>| (article.id.to_string(), article.text.to_string(), article.published);
            let scan = inputs.scan(&ReadSettings::default(), &|_| (), work).unwrap();
            assert_eq!((scan.articles.len(), scan.skipped.bad_records), (270, 30));
            let (location, (id, text, published)) = &scan.articles[268];
            assert_eq!((id.as_str(), text.as_str(), location.line), ("n298", "bài 298", 299));
            assert_eq!(published.unwrap().to_string(), "2021-12-08T03:05:00Z");
            assert!(scan.skipped.examples[1].to_string().contains("news.parquet:11: no text field"));
        }
    }

    #[test]
    fn chosen_rows_are_read_again_in_the_order_asked_for() {
        let (_folder, inputs) = table(Compression::SNAPPY);
        let settings = ReadSettings::default();
        let scan = inputs.scan(&settings, &|_| (), |article| article.id.to_string()).unwrap();
        let wanted: Vec<Location> = [5, 200, 4, 5, 269].map(|at: usize| scan.articles[at].0).to_vec();
        let again = inputs.reread(&settings, &wanted, &|_| (), |_, article| article.id.to_string()).unwrap();
        let expected: Vec<String> = [5, 200, 4, 5, 269].map(|at: usize| scan.articles[at].1.clone()).to_vec();
        assert_eq!(again, expected);
    }

    /// Row groups that are read at once moved each other's place in the file: one run in four failed.
    #[test]
    fn row_groups_that_are_read_at_once_do_not_disturb_each_other() {
        let (_folder, inputs) = table(Compression::SNAPPY);
        let settings = ReadSettings { title_field: Some("unused".into()), ..ReadSettings::default() };
        let scan = || inputs.scan(&settings, &|_| (), |article| (article.id.to_string(), article.text.to_string()));
        let first = scan().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
        pool.install(|| (0..50).for_each(|_| assert_eq!(scan().unwrap(), first)));
    }

    #[test]
    fn a_title_stands_for_a_missing_text_also_when_read_again() {
        let (_folder, inputs) = table(Compression::SNAPPY);
        let settings = ReadSettings { title_field: Some("unused".into()), ..ReadSettings::default() };
        let scan = inputs.scan(&settings, &|_| (), |article| article.text.to_string()).unwrap();
        assert_eq!((scan.articles.len(), scan.skipped.title_as_text, scan.skipped.bad_records), (300, 30, 0));
        assert_eq!((scan.articles[10].1.as_str(), scan.articles[11].1.as_str()), ("n10", "bài 11"));
        let wanted = [scan.articles[10].0];
        assert_eq!(inputs.reread(&settings, &wanted, &|_| (), |_, article| article.text.to_string()).unwrap(), ["n10"]);
    }

    #[test]
    fn a_misspelled_field_and_a_file_that_is_no_parquet_are_errors() {
        let (folder, inputs) = table(Compression::UNCOMPRESSED);
        let settings = ReadSettings { text_field: Some("contents".into()), ..ReadSettings::default() };
        let error = inputs.scan(&settings, &|_| (), |_| ()).unwrap_err();
        assert!(error.to_string().ends_with("did you mean `content`?"), "{error}");
        let path = folder.path().join("none.parquet");
        std::fs::write(&path, "PAR1 is not all").unwrap();
        let inputs = discover(&[path], &ReadSettings::default()).unwrap();
        let error = inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap_err();
        assert!(error.to_string().contains("none.parquet: not readable as Parquet"), "{error}");
    }
}
