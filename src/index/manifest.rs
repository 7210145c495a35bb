//! The one file that says what an index consists of: JSON on one line, and on the next a checksum of it.
//!
//! A change is made by writing a new manifest beside the old one and renaming it over that: whoever opens the index reads the
//! one or the other. Files that the manifest does not name are not part of the index.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::error::IndexError;

/// What an index consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The format of everything in the folder.
    pub(super) format: u64,
    /// Grows with each change.
    pub(super) generation: u64,
    /// Options that articles were stored with, by name: they can't be others for any article.
    pub(super) settings: Vec<(String, String)>,
    /// The tables in force, once they were learned.
    pub(super) tables: Option<TableFiles>,
    /// The segments, oldest first.
    pub(super) segments: Vec<SegmentFile>,
    /// The number that the next file gets.
    pub(super) next: u64,
    /// The clock of the first articles that say which one is theirs, by name. Left out before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) timezone: Option<String>,
}

/// Where the tables are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFiles {
    /// How often they were learned.
    pub(super) epoch: u64,
    /// What counts as boilerplate.
    pub(super) shells: StoredFile,
    /// How common terms are.
    pub(super) terms: StoredFile,
}

/// A segment and what became of its documents since it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SegmentFile {
    /// The segment.
    pub(super) file: StoredFile,
    /// How many documents it has, removed ones among them.
    pub(super) documents: u32,
    /// Which of them are removed.
    pub(super) removed: Option<NumberSet>,
    /// Which of them are earlier versions of articles. Left out where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) earlier: Option<NumberSet>,
}

/// Some documents of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberSet {
    /// The set of their numbers.
    pub(super) file: StoredFile,
    /// How many there are.
    pub(super) documents: u32,
}

/// A file by its name, with what tells it from a half written one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredFile {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// xxh3, in hexadecimal digits: of a segment, of its footer; of any other file, of all of it.
    pub(super) checksum: String,
}

impl Manifest {
    /// The bytes of the file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Numbers and strings alone: there is nothing that JSON can't hold.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        let checksum = hexadecimal(xxh3_64(&bytes));
        bytes.extend(format!("\nxxh3 {checksum}\n").into_bytes());
        bytes
    }

    /// What [`Manifest::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8], name: &str) -> Result<Manifest, IndexError> {
        let damaged = |what: &str| IndexError::damaged(name, what);
        let end = bytes.iter().position(|&byte| byte == b'\n').ok_or_else(|| damaged("it ends too early"))?;
        let (json, rest) = bytes.split_at(end);
        if !cfg!(fuzzing) && rest != format!("\nxxh3 {}\n", hexadecimal(xxh3_64(json))).as_bytes() {
            return Err(damaged("its checksum does not hold"));
        }
        // A manifest of another format may have other fields, and says so.
        #[derive(Deserialize)]
        struct OfAnyFormat {
            format: u64,
        }
        let OfAnyFormat { format } = serde_json::from_slice(json).map_err(|_| damaged("it names no format"))?;
        if format != super::FORMAT {
            return Err(IndexError::Version { path: name.into(), found: format });
        }
        serde_json::from_slice(json).map_err(|error| damaged(&error.to_string()))
    }

    /// Every file that belongs to the index, itself aside.
    pub(super) fn files(&self) -> impl Iterator<Item = &StoredFile> {
        let tables = self.tables.iter().flat_map(|tables| [&tables.shells, &tables.terms]);
        let segments = self.segments.iter().flat_map(|segment| {
            let sets = [&segment.removed, &segment.earlier].into_iter().flatten().map(|set| &set.file);
            std::iter::once(&segment.file).chain(sets)
        });
        tables.chain(segments)
    }
}

/// As checksums stand in a manifest.
pub(super) fn hexadecimal(checksum: u64) -> String {
    format!("{checksum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let file = |name: &str| StoredFile { name: name.to_owned(), bytes: 7, checksum: hexadecimal(9) };
        Manifest {
            format: super::super::FORMAT,
            generation: 3,
            settings: vec![("window-words".to_owned(), "5".to_owned())],
            tables: Some(TableFiles { epoch: 1, shells: file("shells-000001"), terms: file("terms-000005") }),
            segments: vec![SegmentFile {
                file: file("segment-000002"),
                documents: 5,
                removed: Some(NumberSet { file: file("removed-000003"), documents: 1 }),
                earlier: None,
            }],
            next: 4,
            timezone: Some("+07:00".to_owned()),
        }
    }

    #[test]
    fn a_manifest_is_what_was_written_or_refused() {
        let bytes = manifest().to_bytes();
        assert_eq!(Manifest::from_bytes(&bytes, "MANIFEST").unwrap(), manifest());
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Manifest::from_bytes(&flipped, "MANIFEST").is_err(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(Manifest::from_bytes(&bytes[..length], "MANIFEST").is_err(), "{length} bytes");
        }
    }

    #[test]
    fn another_format_is_named_and_not_called_damaged() {
        let other = Manifest { format: 99, ..manifest() };
        let error = Manifest::from_bytes(&other.to_bytes(), "MANIFEST").unwrap_err();
        assert!(matches!(error, IndexError::Version { found: 99, .. }), "{error}");
    }
}
