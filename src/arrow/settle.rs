//! Articles that share ids in, each id for one article out.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Int64Builder, StringBuilder};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};

use crate::pipeline::{Tables, run_inputs};
use crate::read::Inputs;
use crate::settings::{Boilerplate, Level, ReadSettings, Settings};

use super::document::unpacked;
use super::{StageError, batch_of, binaries};

/// Settles what shares an id as a run does: records with the same words are one article, others get ids of their own. Columns: `document`,
/// as [`outline`](super::outline::outline) makes it. All rows of an id have to be in the batch.
///
/// A row for each of the batch, in its order: `row` (Int64, from 0), `id` (Utf8, the one to go on with) and `kept` (Boolean, false for a record
/// that is one article with another).
///
/// # Errors
/// Where the column is missing, or a document is none.
pub fn settle(batch: &RecordBatch, settings: &Settings) -> Result<RecordBatch, StageError> {
    let documents = binaries(batch, "document")?;
    let articles = (0..documents.len())
        .map(|row| unpacked(documents.value(row)).ok_or(StageError::Document { column: "document", row }))
        .collect::<Result<Vec<_>, StageError>>()?;
    let texts = |text: &dyn Fn(usize) -> Option<String>| {
        Arc::new((0..articles.len()).map(text).collect::<StringArray>()) as ArrayRef
    };
    let owned = |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().map(str::to_owned);
    let table = batch_of(vec![
        ("id", true, texts(&|row| Some(articles[row].id.to_string()))),
        ("text", true, texts(&|row| Some(articles[row].text.to_string()))),
        ("title", true, texts(&|row| owned(&articles[row].title))),
        ("source", true, texts(&|row| owned(&articles[row].source))),
        ("published", true, texts(&|row| articles[row].published.map(|time| time.to_string()))),
        ("cluster", true, texts(&|row| owned(&articles[row].label))),
    ])?;
    // Only ids matter here, and the search among so few costs nothing.
    let settings = Settings {
        level: Level::Copies,
        boilerplate: Boilerplate::Off,
        read: ReadSettings { max_article_bytes: settings.read.max_article_bytes, ..Default::default() },
        ..Settings::default()
    };
    let inputs = Inputs::of_batches("batch", vec![table]);
    let run = run_inputs(&inputs, &settings, Tables::default(), &())?;
    let repeated: HashSet<u64> = run.intake.repeated.iter().map(|one| one.location.offset).collect();
    let mut ids: Vec<String> = articles.iter().map(|article| article.id.to_string()).collect();
    run.records.iter().for_each(|record| ids[record.location.offset as usize].clone_from(&record.id));
    let (mut row, mut id, mut kept) = (Int64Builder::new(), StringBuilder::new(), BooleanBuilder::new());
    for (number, own) in ids.iter().enumerate() {
        row.append_value(number as i64);
        id.append_value(own);
        kept.append_value(!repeated.contains(&(number as u64)));
    }
    Ok(batch_of(vec![
        ("row", false, Arc::new(row.finish())),
        ("id", false, Arc::new(id.finish())),
        ("kept", false, Arc::new(kept.finish())),
    ])?)
}
