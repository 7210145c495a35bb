//! The bytes of one record in, its [`Article`] handed to whoever works on it.
//!
//! The article borrows from the bytes, or from their decoded form where they are not UTF-8; so it lives only for the call.

use crate::article::Article;
use crate::settings::InputFormat;

use super::csv::Header;
use super::decode::{self, Decoded};
use super::discover::InputFile;
use super::error::Fault;
use super::fields::{FieldNames, Fields, LongText, Notes, StandIn};
use super::json;
use super::markup;
use super::skipped::{Reason, Skipped};

/// Reads the records of one input.
pub(super) struct RecordReader<'n> {
    pub(super) file: &'n InputFile,
    pub(super) names: &'n FieldNames,
    /// The columns, where the input has any.
    pub(super) header: Option<Header<'n>>,
    /// Whether the bytes were made from UTF-16, so that U+FFFD in them stands for what could not be decoded.
    pub(super) transcoded: bool,
}

/// What else reading one record brought to light.
#[derive(Default)]
pub(super) struct Remarks {
    notes: Notes,
    lossy: bool,
}

/// Which fields have been met, in records good and bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether any record had fields at all.
    pub(super) records: bool,
    /// The roles whose named field some record had.
    pub(super) named: u8,
    /// How many records have a text of their own.
    pub(super) texts: u64,
    /// How many have none, but a long one under an unknown name.
    pub(super) elsewhere: u64,
}

impl Seen {
    pub(super) fn append(&mut self, other: Seen) {
        self.records |= other.records;
        self.named |= other.named;
        self.texts += other.texts;
        self.elsewhere += other.elsewhere;
    }
}

impl Remarks {
    /// Counts what is worth counting.
    pub(super) fn count(self, file: &InputFile, line: u64, skipped: &mut Skipped) {
        skipped.unnamed += u64::from(self.notes.unnamed);
        if let Some(time) = self.notes.time {
            skipped.times.count(&time);
        }
        skipped.markup += u64::from(self.notes.markup);
        match self.notes.stands_for_text {
            None => {}
            Some(StandIn::Lead) => skipped.lead_as_text += 1,
            Some(StandIn::Title) => skipped.title_as_text += 1,
        }
        if let Some(found) = self.notes.undated {
            skipped.add(file.name(), line, Reason::Undated { found });
        }
        if let Some((field, found)) = self.notes.unread {
            skipped.add(file.name(), line, Reason::UnreadField { field, found });
        }
        if let Some(field) = self.notes.repeated {
            skipped.add(file.name(), line, Reason::RepeatedField { field });
        }
        if self.notes.rows_inside > 0 {
            skipped.add(file.name(), line, Reason::RowsInside { rows: self.notes.rows_inside });
        }
        if self.lossy {
            skipped.add(file.name(), line, Reason::Lossy);
        }
    }
}

impl RecordReader<'_> {
    /// Reads one record, which begins on `line` and has so many records before it, and calls `work` with its article.
    pub(super) fn read<T>(
        &self,
        bytes: &[u8],
        (line, index): (u32, u32),
        seen: &mut Seen,
        work: impl FnOnce(&Article<'_>) -> T,
    ) -> Result<(T, Remarks), Fault> {
        if self.file.format() == InputFormat::Text {
            let Decoded { text, lossy } = decode::file(bytes);
            let (text, markup) = markup::plain(text, self.names.text_format);
            let article = Article { id: self.file.text_id().into(), id_is_name: true, text, ..Article::default() };
            return Ok((work(&article), Remarks { lossy, notes: Notes { markup, ..Notes::default() } }));
        }
        let Decoded { text, lossy } = decode::record(bytes);
        let mut lossy = lossy || (self.transcoded && text.contains('\u{fffd}'));
        let mended;
        let mut text = text.as_ref();
        let fields = match &self.header {
            Some(header) => header.fields(text, self.names)?,
            None => match json::fields(text, self.names) {
                Ok(fields) => fields,
                Err(fault) => {
                    mended = json::mended(text).ok_or(fault)?;
                    (text, lossy) = (&mended, true);
                    json::fields(text, self.names)?
                }
            },
        };
        let other = || match &self.header {
            Some(header) => header.other_text(text, self.names),
            None => json::other_text(text, self.names),
        };
        let (output, mut remarks) = finish(fields, self.names, (self.file, line, index), other, seen, work)?;
        remarks.lossy = lossy;
        Ok((output, remarks))
    }
}

/// Makes the article of a record's fields and calls `work` with it. `other` says whether there is a text under an unknown name.
pub(super) fn finish<T>(
    fields: Fields<'_>,
    names: &FieldNames,
    (file, line, index): (&InputFile, u32, u32),
    other: impl FnOnce() -> Option<LongText>,
    seen: &mut Seen,
    work: impl FnOnce(&Article<'_>) -> T,
) -> Result<(T, Remarks), Fault> {
    seen.append(Seen { records: true, named: fields.named_seen, ..Seen::default() });
    // The records of an array may stand on one line.
    let place = || match file.format() {
        InputFormat::Json => format!("{}[{index}]", file.name()),
        _ => format!("{}:{line}", file.name()),
    };
    let made = fields.into_article(names, place, other);
    let has_text = |(_, notes): &(Article<'_>, Notes)| notes.stands_for_text.is_none();
    seen.texts += u64::from(made.as_ref().is_ok_and(has_text));
    seen.elsewhere += u64::from(matches!(made, Err(Fault::TextElsewhere { .. })));
    let (article, notes) = made?;
    Ok((work(&article), Remarks { notes, lossy: false }))
}
