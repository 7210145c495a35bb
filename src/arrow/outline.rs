//! Articles in, their documents and outlines out: what is read once, before it is known what boilerplate there is.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{Int64Array, RecordBatch};

use crate::article::{Article, Published};
use crate::boilerplate::{Outline, Shell, ShellTable, Support};
use crate::normalize::Words;
use crate::read::Inputs;
use crate::settings::Settings;

use super::document::packed;
use super::sign::Signed;
use super::{StageError, batch_of, longs, times_and_days};

/// What is kept of an article while a batch is read.
struct Row {
    id: String,
    source: Option<String>,
    published: Option<Published>,
    words: usize,
    outline: Outline,
    document: Vec<u8>,
}

/// Reads the articles of a batch, whose columns are found as the fields of any input are. Parallel in the current rayon pool.
///
/// | column | type | |
/// |---|---|---|
/// | `row` | Int64 | the row of the batch, from 0 |
/// | `id` | Utf8 | its own, or `batch:ROW` with rows counted from 1 |
/// | `source` | Utf8 or null | its outlet |
/// | `published` | Timestamp(us, UTC) or null | when it was published |
/// | `all_words` | Int32 | words, shells and all; 0: it has none and is a copy of nothing |
/// | `outlet` | Int64 | hash of its outlet |
/// | `lines` | List(Int64) | hashes of those lines and sentences that may be boilerplate, each once |
/// | `stories` | List(Int32) | four hashes on which copies agree and strangers don't |
/// | `document` | Binary | the article itself, compressed |
///
/// # Errors
/// Where the columns are not those that the settings name, or, if the settings are strict, a row is no article.
pub fn outline(batch: &RecordBatch, settings: &Settings) -> Result<Signed, StageError> {
    let inputs = Inputs::of_batches("batch", vec![batch.clone()]);
    let row = |article: &Article<'_>| {
        let words = Words::of(&article.text);
        Row {
            id: article.id.clone().into_owned(),
            source: article.source.as_deref().map(str::to_owned),
            published: article.published,
            words: words.len(),
            outline: Outline::of(article.source.as_deref().unwrap_or(""), &words),
            document: packed(article),
        }
    };
    let scan = inputs.scan(&settings.read, &|_| (), row)?;
    let [mut number, mut outlet] = std::array::from_fn(|_| Int64Builder::new());
    let [mut id, mut source] = std::array::from_fn(|_| StringBuilder::new());
    let mut all_words = Int32Builder::new();
    let mut lines = ListBuilder::new(Int64Builder::new());
    let mut stories = ListBuilder::new(Int32Builder::new());
    let mut document = BinaryBuilder::new();
    for (location, row) in &scan.articles {
        let (keys, hash, story) = row.outline.parts();
        number.append_value(location.offset as i64);
        id.append_value(&row.id);
        source.append_option(row.source.as_deref());
        all_words.append_value(row.words as i32);
        outlet.append_value(hash.cast_signed());
        lines.append_value(keys.iter().map(|key| Some(key.cast_signed())));
        stories.append_value(story.iter().map(|key| Some(key.cast_signed())));
        document.append_value(&row.document);
    }
    let batch = batch_of(vec![
        ("row", false, Arc::new(number.finish())),
        ("id", false, Arc::new(id.finish())),
        ("source", true, Arc::new(source.finish())),
        ("published", true, times_and_days(scan.articles.iter().map(|(_, row)| row.published))),
        ("all_words", false, Arc::new(all_words.finish())),
        ("outlet", false, Arc::new(outlet.finish())),
        ("lines", false, Arc::new(lines.finish())),
        ("stories", false, Arc::new(stories.finish())),
        ("document", false, Arc::new(document.finish())),
    ])?;
    Ok(Signed { batch, skipped: scan.skipped })
}

/// The table of boilerplate of what was counted over all articles: a row a line or sentence, with columns of Int64. `line`: its hash.
/// `articles`: how many have it. `story_keys`: how many different values their first story key has, and so on, the sum over all four.
/// `of_outlet`: how many articles its outlet has. What is no boilerplate may be among them.
///
/// # Errors
/// Where a column is missing.
pub fn shells(counts: &[RecordBatch]) -> Result<ShellTable, StageError> {
    let mut shells = Vec::new();
    for batch in counts {
        let (line, articles) = (longs(batch, "line")?, longs(batch, "articles")?);
        let (story_keys, of_outlet) = (longs(batch, "story_keys")?, longs(batch, "of_outlet")?);
        for row in 0..batch.num_rows() {
            let count = |column: &Int64Array| column.value(row).max(0) as usize;
            let support =
                Support { articles: count(articles), story_keys: count(story_keys), of_outlet: count(of_outlet) };
            if let Some(stories) = support.stories_of_a_shell() {
                shells.push(Shell { key: line.value(row).cast_unsigned(), stories, example: 0 });
            }
        }
    }
    Ok(ShellTable::of_shells(shells))
}
