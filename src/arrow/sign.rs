//! Articles in, what the search and the comparison need of each out.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, RecordBatch};
use rayon::prelude::*;

use crate::article::{Article, Published};
use crate::boilerplate::ShellTable;
use crate::cluster::{content_of, title_hash};
use crate::pipeline::{Digest, digest};
use crate::read::{Inputs, Skipped};
use crate::settings::{Level, Settings};

use super::document::{packed, unpacked};
use super::{StageError, batch_of, binaries, longs, times_and_days};

/// Signed articles.
#[derive(Debug, Clone)]
pub struct Signed {
    /// A row an article, in the order of the input: see [`sign`].
    pub batch: RecordBatch,
    /// Rows that are no articles or were read with a loss; a line is a row, the first being 1.
    pub skipped: Skipped,
}

/// What is kept of an article while a batch is read.
struct Row {
    id: String,
    source: Option<String>,
    published: Option<Published>,
    /// `None` where it has no word.
    digest: Option<Digest>,
    title_hash: u64,
    document: Vec<u8>,
}

/// Signs the articles of a batch, whose columns are found as the fields of any input are, under the shells of a table. Parallel in the
/// current rayon pool.
///
/// | column | type | |
/// |---|---|---|
/// | `row` | Int64 | the row of the batch, from 0 |
/// | `id` | Utf8 | its own, or `batch:ROW` with rows counted from 1 |
/// | `source` | Utf8 or null | its outlet |
/// | `published` | Timestamp(us, UTC) or null | when it was published |
/// | `words` | Int32 | words, shells left out; 0: it has none, is a copy of nothing, and has no keys |
/// | `shingles` | Int32 | different shingles |
/// | `fingerprint` | Int64 | hash of these words in order |
/// | `whole` | Int64 | the same of all its words, shells and all; equal in either, articles are exact duplicates |
/// | `content` | Int64 | hash of `fingerprint` and title: which of several copies stands for the others, where nothing else tells |
/// | `samples` | List(Int32) | the sketch: sampled shingles, rising as unsigned numbers; articles that share enough of them are candidates |
/// | `imprint` | Binary | what shows that two share too little to be an edge |
/// | `document` | Binary | the article itself, compressed |
///
/// # Errors
/// Where the columns are not those that the settings name, or, if the settings are strict, a row is no article.
pub fn sign(batch: &RecordBatch, settings: &Settings, shells: &ShellTable) -> Result<Signed, StageError> {
    let inputs = Inputs::of_batches("batch", vec![batch.clone()]);
    let row = |article: &Article<'_>| Row {
        id: article.id.clone().into_owned(),
        source: article.source.as_deref().map(str::to_owned),
        published: article.published,
        digest: digest(article, settings, shells),
        title_hash: title_hash(article.title.as_deref()),
        document: packed(article),
    };
    let scan = inputs.scan(&settings.read, &|_| (), row)?;
    let mut columns = Columns::default();
    scan.articles.iter().for_each(|(location, row)| columns.push(location.offset, row));
    Ok(Signed { batch: columns.finish()?, skipped: scan.skipped })
}

/// Signs articles that were read before (see [`outline`](super::outline::outline)) under the shells of a table: columns `position`
/// (Int64), a number by which the engine orders articles as their ids do, and `document`. Parallel in the current rayon pool.
///
/// A row for each: `position`, and `words`, `shingles`, `fingerprint`, `whole`, `content`, `samples` and `imprint` as of [`sign`].
///
/// # Errors
/// Where a column is missing, or a document is none.
pub fn sign_documents(
    batch: &RecordBatch,
    settings: &Settings,
    shells: &ShellTable,
) -> Result<RecordBatch, StageError> {
    // Profiles are made where events are searched for, of fewer articles.
    let settings = Settings { level: Level::Copies, ..settings.clone() };
    let positions = longs(batch, "position")?;
    let documents = binaries(batch, "document")?;
    let signed = (0..documents.len()).into_par_iter().map(|row| {
        let article = unpacked(documents.value(row)).ok_or(StageError::Document { column: "document", row })?;
        Ok((digest(&article, &settings, shells), title_hash(article.title.as_deref())))
    });
    let mut columns = DigestColumns::default();
    let signed = signed.collect::<Result<Vec<_>, StageError>>()?;
    signed.iter().for_each(|(digest, title_hash)| columns.push(digest.as_ref(), *title_hash));
    let mut all: Vec<(&str, bool, ArrayRef)> = vec![("position", false, Arc::new(positions.clone()))];
    all.extend(columns.finish());
    Ok(batch_of(all)?)
}

/// What signing makes of articles, as columns.
#[derive(Default)]
struct DigestColumns {
    words: Int32Builder,
    shingles: Int32Builder,
    fingerprint: Int64Builder,
    whole: Int64Builder,
    content: Int64Builder,
    samples: ListBuilder<Int32Builder>,
    imprint: BinaryBuilder,
}

impl DigestColumns {
    fn push(&mut self, digest: Option<&Digest>, title_hash: u64) {
        let (mut words, mut shingles, mut fingerprint, mut whole) = (0, 0, 0, 0);
        let (mut samples, mut imprint): (&[u32], &[u8]) = (&[], &[]);
        if let Some(digest) = digest {
            (words, shingles) = (digest.size.words, digest.size.shingles);
            (fingerprint, whole) = (digest.content, digest.whole);
            (samples, imprint) = (&digest.sketch, &digest.imprint);
        }
        self.words.append_value(words as i32);
        self.shingles.append_value(shingles as i32);
        self.fingerprint.append_value(fingerprint.cast_signed());
        self.whole.append_value(whole.cast_signed());
        self.content.append_value(content_of(fingerprint, title_hash).cast_signed());
        self.samples.append_value(samples.iter().map(|sample| Some(sample.cast_signed())));
        self.imprint.append_value(imprint);
    }

    fn finish(mut self) -> [(&'static str, bool, ArrayRef); 7] {
        [
            ("words", false, Arc::new(self.words.finish())),
            ("shingles", false, Arc::new(self.shingles.finish())),
            ("fingerprint", false, Arc::new(self.fingerprint.finish())),
            ("whole", false, Arc::new(self.whole.finish())),
            ("content", false, Arc::new(self.content.finish())),
            ("samples", false, Arc::new(self.samples.finish())),
            ("imprint", false, Arc::new(self.imprint.finish())),
        ]
    }
}

#[derive(Default)]
struct Columns {
    row: Int64Builder,
    id: StringBuilder,
    source: StringBuilder,
    published: Vec<Option<Published>>,
    digests: DigestColumns,
    document: BinaryBuilder,
}

impl Columns {
    fn push(&mut self, number: u64, row: &Row) {
        self.row.append_value(number as i64);
        self.id.append_value(&row.id);
        self.source.append_option(row.source.as_deref());
        self.published.push(row.published);
        self.digests.push(row.digest.as_ref(), row.title_hash);
        self.document.append_value(&row.document);
    }

    fn finish(mut self) -> Result<RecordBatch, StageError> {
        let mut columns: Vec<(&str, bool, ArrayRef)> = vec![
            ("row", false, Arc::new(self.row.finish())),
            ("id", false, Arc::new(self.id.finish())),
            ("source", true, Arc::new(self.source.finish())),
            ("published", true, times_and_days(self.published.into_iter())),
        ];
        columns.extend(self.digests.finish());
        columns.push(("document", false, Arc::new(self.document.finish())));
        Ok(batch_of(columns)?)
    }
}
