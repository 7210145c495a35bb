//! A Parquet file in, its rows as record batches out (feature `parquet`).
//!
//! Only the columns that an article can use are decoded, some rows at a time, each row group by one thread: memory is then a few
//! pages of each such column and thread. How large a page is stands in front of it, and is looked at first: a page that holds more
//! than the largest article ends the run before it is decoded, and of wide rows fewer are decoded at once.
//!
//! Where no column has the name of a text, columns of long texts are read as well, so that a text under an unknown name is told.

use std::io::Read;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::decode::HEAD_BYTES;
use super::discover::InputFile;
use super::error::{Fault, ReadError};
use super::fields::FieldNames;
use super::foreign::is_lfs_pointer;
use super::pages::Pages;
use super::rows::RowPart;

/// So many rows are decoded at once: with the text of each, a few megabytes.
const BATCH_ROWS: usize = 1024;
/// Fewer, where rows take so many bytes together.
const BATCH_BYTES: u64 = 32 << 20;
/// Writers make pages of a megabyte or a few, whatever the size of an article: up to this size they are no sign of a cell too large.
const PAGE_BYTES: u64 = 64 << 20;
/// A column without a known name, in which a row takes more bytes than this on average, may hold texts.
const LONG_TEXT_BYTES: i64 = 200;

/// An open Parquet file, of which the columns of use are read.
pub(super) struct ParquetFile<'n> {
    file: &'n InputFile,
    metadata: ArrowReaderMetadata,
    columns: ProjectionMask,
    max_page_bytes: u64,
    /// Its row groups.
    groups: Vec<RowPart>,
}

impl<'n> ParquetFile<'n> {
    pub(super) fn open(
        file: &'n InputFile,
        names: &FieldNames,
        max_article_bytes: u64,
    ) -> Result<ParquetFile<'n>, ReadError> {
        // What a writer noted of types of its own is passed over: the types of the file itself say all that is asked.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let opened = file.open_file()?.0;
        let mut head = Vec::new();
        (&opened).take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|error| file.io_error(error))?;
        if is_lfs_pointer(&head) {
            return Err(parquet_error(file, &Fault::LfsPointer.to_string()));
        }
        let metadata =
            ArrowReaderMetadata::load(&opened, options).map_err(|error| parquet_error(file, &error.to_string()))?;
        let fields = metadata.schema().fields();
        let has_text = fields.iter().any(|field| names.gives_text(field.name()));
        let long = if has_text { Vec::new() } else { long_texts(&metadata) };
        let is_of_use = |place: &usize| names.find(fields[*place].name()).is_some() || long.contains(place);
        let of_use = (0..fields.len()).filter(is_of_use);
        let columns = ProjectionMask::roots(metadata.parquet_schema(), of_use);
        let mut first = 0;
        let groups = metadata.metadata().row_groups().iter().map(|group| {
            let rows = first..first + u64::try_from(group.num_rows()).unwrap_or(0);
            first = rows.end;
            RowPart { rows, stored_bytes: u64::try_from(group.compressed_size()).unwrap_or(0) }
        });
        let groups = groups.collect();
        Ok(ParquetFile { file, metadata, columns, max_page_bytes: max_article_bytes.max(PAGE_BYTES), groups })
    }

    /// Its columns.
    pub(super) fn schema(&self) -> &Schema {
        self.metadata.schema()
    }

    /// Its row groups, each of which is decoded by itself.
    pub(super) fn parts(&self) -> &[RowPart] {
        &self.groups
    }

    /// Calls `work` on the batches of a row group, one after the other, until it gives an error.
    pub(super) fn each_batch(
        &self,
        group: usize,
        mut work: impl FnMut(&RecordBatch) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let rows = self.rows_at_once(group)?;
        // With a handle of its own: handles that are cloned share one place in the file, and groups are read at once.
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.open_file()?.0, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_projection(self.columns.clone())
                .with_batch_size(rows)
                .build()
                .map_err(|error| parquet_error(self.file, &error.to_string()))?;
        for batch in reader {
            work(&batch.map_err(|error| parquet_error(self.file, &error.to_string()))?)?;
        }
        Ok(())
    }

    /// How many rows of a group are decoded at once.
    ///
    /// # Errors
    /// A page that holds more than the largest article.
    fn rows_at_once(&self, group: usize) -> Result<usize, ReadError> {
        let chunks = self.metadata.metadata().row_group(group).columns();
        let mut all = Pages::default();
        for (_, chunk) in chunks.iter().enumerate().filter(|(place, _)| self.columns.leaf_included(*place)) {
            let start =
                chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset()).min(chunk.data_page_offset());
            let start = u64::try_from(start).unwrap_or(u64::MAX);
            let end = start.saturating_add(u64::try_from(chunk.compressed_size()).unwrap_or(0));
            let pages = Pages::of(self.file.open_file()?.0, start..end)
                .map_err(|error| parquet_error(self.file, &error.to_string()))?;
            if pages.largest > self.max_page_bytes {
                let reason = format!(
                    "column `{}`: a page of {} bytes may hold an article larger than --max-article-bytes; raise it, or write smaller pages",
                    chunk.column_path().string(),
                    pages.largest
                );
                return Err(parquet_error(self.file, &reason));
            }
            all = all.with(pages);
        }
        let rows = BATCH_BYTES / all.row_bytes.max(1);
        Ok(usize::try_from(rows).unwrap_or(BATCH_ROWS).clamp(1, BATCH_ROWS))
    }
}

/// The places of the columns that may hold texts, going by their types and sizes.
fn long_texts(metadata: &ArrowReaderMetadata) -> Vec<usize> {
    let is_text = |kind: &DataType| {
        matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Binary | DataType::LargeBinary
        )
    };
    let schema = metadata.parquet_schema();
    let is_long = |place: usize| {
        let groups = metadata.metadata().row_groups().iter();
        let chunks = groups.flat_map(|group| group.columns().iter().enumerate());
        let own = chunks.filter(|(leaf, _)| schema.get_column_root_idx(*leaf) == place);
        let (bytes, rows) = own.fold((0i64, 0i64), |(bytes, rows), (_, chunk)| {
            (bytes.saturating_add(chunk.uncompressed_size()), rows.saturating_add(chunk.num_values()))
        });
        bytes / rows.max(1) > LONG_TEXT_BYTES
    };
    let fields = metadata.schema().fields().iter().enumerate();
    fields.filter(|(place, field)| is_text(field.data_type()) && is_long(*place)).map(|(place, _)| place).collect()
}

fn parquet_error(file: &InputFile, reason: &str) -> ReadError {
    ReadError::Parquet { name: file.name().to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use parquet::basic::{Compression, ZstdLevel};
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::article::Article;
    use crate::read::{Inputs, Location, discover};
    use crate::settings::ReadSettings;

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

    /// One row group of a text column under this name, with these texts.
    fn texts(name: &str, texts: &[String], compression: Compression, dictionary: bool) -> (tempfile::TempDir, Inputs) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("news.parquet");
        let schema = format!("message news {{ required byte_array title (UTF8); required byte_array {name} (UTF8); }}");
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let properties = WriterProperties::builder().set_compression(compression).set_dictionary_enabled(dictionary);
        let file = File::create(&path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let titles = vec![ByteArray::from("Tin"); texts.len()];
        let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_str().into()).collect();
        for values in [titles, texts] {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        let inputs = discover(&[path], &ReadSettings::default()).unwrap();
        (folder, inputs)
    }

    /// A cell was decoded before it was found too large.
    #[test]
    fn a_page_that_holds_more_than_an_article_may_is_refused_before_it_is_decoded() {
        let bomb = ["a".repeat(70 << 20)];
        for dictionary in [true, false] {
            let (_folder, inputs) = texts("text", &bomb, Compression::SNAPPY, dictionary);
            let settings = ReadSettings { max_article_bytes: 1 << 20, ..ReadSettings::default() };
            let error = inputs.scan(&settings, &|_| (), |_| ()).unwrap_err().to_string();
            assert!(error.contains("a page of the column `text` holds 734"), "{error}");
            assert_eq!(inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap().articles.len(), 1);
        }
    }

    #[test]
    fn of_wide_rows_fewer_are_decoded_at_once() {
        for (bytes, dictionary, least, most) in
            [(1 << 10, false, 1024, 1024), (1 << 20, false, 30, 32), (1 << 20, true, 1, 32)]
        {
            let rows: Vec<String> = (0..20).map(|row| format!("{row} {}", "a".repeat(bytes))).collect();
            let (_folder, inputs) = texts("text", &rows, Compression::SNAPPY, dictionary);
            let names = FieldNames::new(&ReadSettings::default());
            let rows = ParquetFile::open(&inputs.files()[0], &names, 256 << 20).unwrap().rows_at_once(0).unwrap();
            assert!((least..=most).contains(&rows), "{bytes} {dictionary}: {rows}");
        }
    }

    #[test]
    fn a_text_under_an_unknown_name_is_told() {
        let rows: Vec<String> = (0..9).map(|row| format!("{row} một hai ba ").repeat(30)).collect();
        let (_folder, inputs) = texts("story", &rows, Compression::SNAPPY, false);
        let scan = inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap();
        assert_eq!((scan.articles.len(), scan.skipped.bad_records, scan.skipped.texts_elsewhere.len()), (0, 9, 1));
        let settings = ReadSettings { text_field: Some("title".into()), ..ReadSettings::default() };
        assert_eq!(inputs.scan(&settings, &|_| (), |_| ()).unwrap().articles.len(), 9);
    }

    #[test]
    fn a_misspelled_field_and_a_file_that_is_no_parquet_are_errors() {
        let (folder, inputs) = table(Compression::UNCOMPRESSED);
        let settings = ReadSettings { text_field: Some("contents".into()), ..ReadSettings::default() };
        let error = inputs.scan(&settings, &|_| (), |_| ()).unwrap_err();
        assert!(error.to_string().ends_with("did you mean `content`?"), "{error}");
        let path = folder.path().join("none.parquet");
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 9\n";
        for (bytes, said) in [("PAR1 is not all", ""), (pointer, "fetch the file with `git lfs pull`")] {
            std::fs::write(&path, bytes).unwrap();
            let inputs = discover(std::slice::from_ref(&path), &ReadSettings::default()).unwrap();
            let error = inputs.scan(&ReadSettings::default(), &|_| (), |_| ()).unwrap_err().to_string();
            assert!(error.contains("none.parquet: not readable as Parquet") && error.ends_with(said), "{error}");
        }
    }
}
