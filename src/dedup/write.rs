//! Records and their fates in, streams of bytes out: what is kept as it was, what is removed with its reason.
//!
//! A kept record is written byte for byte, so that fields we know nothing of, odd spacing and the order of keys survive.
//! Only where one stream takes records of several formats must each become a JSON object of its fields.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::pipeline::Run;
use crate::read::{InputFile, RawRecord};
use crate::settings::InputFormat;
use crate::verify::Kind;

use super::{Decision, Decisions, Fate};

/// How kept records follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    /// Records as they were, each with its line end: JSON lines, rows after this header line, values without an array, or
    /// one whole text.
    AsTheyWere {
        /// What comes before the first record.
        header: Vec<u8>,
    },
    /// Records as they were, as the elements of one JSON array.
    Array,
    /// A JSON object of its fields for each record, a line each.
    Fields,
}

/// Writes kept records to one stream.
pub struct KeptWriter<W> {
    out: W,
    framing: Framing,
    /// Whether what was written last still lacks its line end.
    line_is_open: bool,
    records: u64,
}

impl<W: Write> KeptWriter<W> {
    /// Begins the stream.
    ///
    /// # Errors
    /// What writing to `out` says; so for all that follows.
    pub fn new(mut out: W, framing: Framing) -> io::Result<KeptWriter<W>> {
        let mut line_is_open = false;
        if let Framing::AsTheyWere { header } = &framing {
            out.write_all(header)?;
            line_is_open = !header.is_empty() && !header.ends_with(b"\n") && !header.ends_with(b"\r");
        }
        Ok(KeptWriter { out, framing, line_is_open, records: 0 })
    }

    /// Writes one record of `file`.
    ///
    /// # Errors
    /// What writing says.
    pub fn push(&mut self, record: &RawRecord<'_>, file: &InputFile) -> io::Result<()> {
        match self.framing {
            Framing::AsTheyWere { .. } => {
                if std::mem::take(&mut self.line_is_open) {
                    self.out.write_all(b"\n")?;
                }
                self.out.write_all(record.bytes)?;
                // A value that stands for itself has no line end of its own, but two need something between them.
                let line_end = if record.format == InputFormat::Json { b"\n" } else { record.line_end };
                self.out.write_all(line_end)?;
                self.line_is_open = line_end.is_empty();
            }
            Framing::Array => {
                self.out.write_all(if self.records == 0 { b"[\n" } else { b",\n" })?;
                self.out.write_all(record.bytes)?;
            }
            Framing::Fields => {
                match fields(record, file) {
                    Some(fields) => self.out.write_all(fields.get().as_bytes())?,
                    // Only articles are kept, and every article has fields.
                    None => return Err(io::Error::new(io::ErrorKind::InvalidData, "a kept record without fields")),
                }
                self.out.write_all(b"\n")?;
            }
        }
        self.records += 1;
        Ok(())
    }

    /// Ends the stream and gives back what it was written to.
    ///
    /// # Errors
    /// What writing says.
    pub fn finish(mut self) -> io::Result<W> {
        if self.framing == Framing::Array {
            self.out.write_all(if self.records == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        Ok(self.out)
    }
}

/// Writes removed records as JSON lines, each with the record it was and why it went.
pub struct RemovedWriter<W> {
    out: W,
}

/// One removed record.
#[derive(Serialize)]
struct Removed<'a> {
    /// The article's id, as in every report; nothing for a record that is no article.
    id: Option<&'a str>,
    kept_id: Option<&'a str>,
    /// `input` or `against`: where the kept one is found.
    kept_in: Option<&'static str>,
    kind: Option<Kind>,
    similarity: Option<f64>,
    containment: Option<f64>,
    coverage: Option<f64>,
    /// `edge`, `repeated` or `bad_record`.
    reason: &'static str,
    file: &'a str,
    line: u32,
    /// The fields as they were; of a row its columns, of a text file `id`, `path` and `text`.
    record: Option<Box<RawValue>>,
    /// The bytes as text, where they are no fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
}

impl<W: Write> RemovedWriter<W> {
    /// Begins the stream, which has no header.
    pub fn new(out: W) -> RemovedWriter<W> {
        RemovedWriter { out }
    }

    /// Writes one record of `file`, if its fate is to be removed.
    ///
    /// # Errors
    /// What writing says.
    pub fn push(
        &mut self,
        record: &RawRecord<'_>,
        file: &InputFile,
        fate: Fate,
        run: &Run,
        decisions: &Decisions,
    ) -> io::Result<()> {
        let (article, kept, edge, reason) = match fate {
            Fate::Keep | Fate::KeepEmpty => return Ok(()),
            Fate::Remove(article, removal) => {
                (Some(article), Some(removal.kept), Some(removal.comparison(run)), "edge")
            }
            Fate::Repeated(article) => {
                (Some(article), Some(article), Some((Kind::Identical, crate::cluster::SAME)), "repeated")
            }
            Fate::Bad => (None, None, None, "bad_record"),
        };
        let id = |article: u32| run.records[article as usize].id.as_str();
        let kept_in = |kept: u32| if decisions.of[kept as usize] == Decision::Against { "against" } else { "input" };
        let numbers = edge.map(|(_, comparison)| comparison);
        let fields = fields(record, file);
        let line = Removed {
            id: article.map(id),
            kept_id: kept.map(id),
            kept_in: kept.map(kept_in),
            kind: edge.map(|(kind, _)| kind),
            similarity: numbers.map(|numbers| numbers.similarity),
            containment: numbers.map(|numbers| numbers.containment),
            coverage: numbers.map(|numbers| numbers.coverage),
            reason,
            file: file.name(),
            line: record.location.line,
            raw: fields.is_none().then(|| record.text()),
            record: fields,
        };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")
    }

    /// Ends the stream and gives back what it was written to.
    pub fn finish(self) -> W {
        self.out
    }
}

/// A record as a JSON value on one line; `None` where it is none.
fn fields(record: &RawRecord<'_>, file: &InputFile) -> Option<Box<RawValue>> {
    let text = match record.format {
        // A line end in JSON is never part of a string, where it has to be escaped.
        InputFormat::Jsonl | InputFormat::Json => record.text().trim().replace(['\n', '\r'], " "),
        InputFormat::Csv | InputFormat::Tsv => object(record.columns()?)?,
        InputFormat::Text => {
            let own = [("id", file.text_id()), ("path", file.name()), ("text", &record.text())];
            object(own.map(|(name, value)| (name.to_owned(), value.to_owned())))?
        }
        InputFormat::Parquet | InputFormat::Batches => return None,
    };
    RawValue::from_string(text).ok()
}

/// A JSON object of strings. Of columns with one name the later ones are numbered: `name#2`.
fn object(columns: impl IntoIterator<Item = (String, String)>) -> Option<String> {
    let mut object = serde_json::Map::new();
    for (name, value) in columns {
        let numbered = (2..).map(|number| format!("{name}#{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !object.contains_key(name))?;
        object.insert(free, value.into());
    }
    serde_json::to_string(&object).ok()
}
