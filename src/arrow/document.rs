//! An article in, its document out, and back: how it travels from stage to stage.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::{Array, ArrayRef, BinaryArray, RecordBatch, StringArray};

use crate::article::Article;
use crate::index::{article_of, document};

use super::{StageError, binaries, strings};

/// How much zstd tries: its own default.
const COMPRESSION_LEVEL: i32 = 3;

/// A document of more bytes than this is none of ours: reading lets no article of such a size pass.
const MOST_BYTES: u64 = 1 << 31;

/// The document of an article, compressed.
pub(super) fn packed(article: &Article<'_>) -> Vec<u8> {
    // Memory can be written to, so there is nothing that can fail.
    zstd::bulk::compress(&document(article), COMPRESSION_LEVEL).unwrap_or_default()
}

/// The article of a document; `None` where it is none.
pub(super) fn unpacked(document: &[u8]) -> Option<Article<'static>> {
    let mut line = String::new();
    zstd::Decoder::new(document).ok()?.take(MOST_BYTES).read_to_string(&mut line).ok()?;
    article_of(&line)
}

/// What is made of documents that recur in a batch, made once for each: of an article the rows of a batch have as many as it has
/// candidates there.
pub(super) struct Unpacked<'b, T> {
    made: Vec<T>,
    place_of: HashMap<&'b [u8], usize>,
}

impl<'b, T> Unpacked<'b, T> {
    /// What `make` makes of the articles of some columns.
    pub(super) fn of(
        columns: &[(&'static str, &'b BinaryArray)],
        mut make: impl FnMut(&Article<'_>) -> T,
    ) -> Result<Unpacked<'b, T>, StageError> {
        let (mut made, mut place_of) = (Vec::new(), HashMap::new());
        for &(name, column) in columns {
            for row in 0..column.len() {
                let document = column.value(row);
                if !place_of.contains_key(document) {
                    let article = unpacked(document).ok_or(StageError::Document { column: name, row })?;
                    place_of.insert(document, made.len());
                    made.push(make(&article));
                }
            }
        }
        Ok(Unpacked { made, place_of })
    }

    /// The place among [`Unpacked::made`] of what was made of this document, which is in one of the columns.
    pub(super) fn place(&self, document: &[u8]) -> usize {
        self.place_of[document]
    }

    pub(super) fn made(&self) -> &[T] {
        &self.made
    }

    pub(super) fn into_made(self) -> Vec<T> {
        self.made
    }
}

/// Pairs of ids, `a` and `b`, with the documents of both, `a_document` and `b_document`, out of signed articles: the join that an
/// engine makes by itself.
///
/// # Errors
/// Where an id is among no signed articles, or a column is missing.
pub fn with_documents(pairs: &RecordBatch, signed: &[RecordBatch]) -> Result<RecordBatch, StageError> {
    let mut document_of: HashMap<&str, &[u8]> = HashMap::new();
    for batch in signed {
        let (ids, documents) = (strings(batch, "id")?, binaries(batch, "document")?);
        document_of.extend((0..batch.num_rows()).map(|row| (ids.value(row), documents.value(row))));
    }
    let documents = |ids: &StringArray| {
        let mut column = BinaryBuilder::new();
        for id in ids.iter().flatten() {
            let document = document_of.get(id).ok_or_else(|| StageError::UnknownId { id: id.to_owned() })?;
            column.append_value(document);
        }
        Ok::<BinaryArray, StageError>(column.finish())
    };
    let (a, b) = (strings(pairs, "a")?, strings(pairs, "b")?);
    Ok(super::batch_of(vec![
        ("a", false, Arc::new(a.clone())),
        ("b", false, Arc::new(b.clone())),
        ("a_document", false, Arc::new(documents(a)?)),
        ("b_document", false, Arc::new(documents(b)?)),
    ])?)
}

/// The articles of documents: column `document`, as [`outline`](super::outline::outline) makes it. A row for each: `source`, `published`, `title`,
/// `lead` (null where it has none) and `text`.
///
/// # Errors
/// Where the column is missing, or a document is none.
pub fn articles_of(batch: &RecordBatch) -> Result<RecordBatch, StageError> {
    let documents = binaries(batch, "document")?;
    let articles = (0..documents.len())
        .map(|row| unpacked(documents.value(row)).ok_or(StageError::Document { column: "document", row }))
        .collect::<Result<Vec<_>, StageError>>()?;
    let texts = |text: for<'a> fn(&'a Article<'static>) -> Option<&'a str>| -> ArrayRef {
        Arc::new(articles.iter().map(text).collect::<StringArray>())
    };
    Ok(super::batch_of(vec![
        ("source", true, texts(|article| article.source.as_deref())),
        ("published", true, super::times(articles.iter().map(|article| article.published))),
        ("title", true, texts(|article| article.title.as_deref())),
        ("lead", true, texts(|article| article.lead.as_deref())),
        ("text", true, texts(|article| Some(&*article.text))),
    ])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_gives_its_article_back_and_nothing_else_is_one() {
        let article =
            Article { id: "a".into(), title: Some("Tít".into()), text: "một hai".into(), ..Article::default() };
        let packed = packed(&article);
        assert_eq!(unpacked(&packed), Some(article));
        assert_eq!(unpacked(&packed[..packed.len() - 3]), None);
        assert_eq!(unpacked(b"{}"), None);
        assert_eq!(unpacked(b""), None);
    }
}
