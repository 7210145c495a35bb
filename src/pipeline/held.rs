//! Sizes in, what a run held out, in memory or under a limit in temporary files.
//!
//! Counted from what there is, not asked of the system: the same for any number of threads. What the allocator adds, the
//! blocks being read and what one step of a search sorts are not in it.

use crate::boilerplate::Outlines;
use crate::verify::Edge;

use super::Digests;
use super::compare::Compared;
use super::scanned::Articles;

/// What a run held, in bytes where nothing else is said. Not all of it at the same time: outlines go before the
/// search, and sketches and imprints before texts are read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Ids, outlets, titles or openings, and where the articles stand.
    pub records: u64,
    /// Outlines, from which shells were learned.
    pub outlines: u64,
    /// Sketches.
    pub samples: u64,
    /// Imprints: upper bits of shingles.
    pub imprints: u64,
    /// Pairs to compare.
    pub pairs: u64,
    /// Verified edges.
    pub edges: u64,
    /// How many blocks of articles were read again, one after another, to compare them; a number, no bytes.
    pub blocks: usize,
    /// Words and shingles of the largest such block.
    pub block: u64,
    /// What of records, outlines, sketches and imprints stood in temporary files instead.
    pub in_files: u64,
}

impl Held {
    pub(super) fn of(articles: &Articles, digests: &Digests, outlines: &Outlines) -> Held {
        let Digests { samples, imprints, .. } = digests;
        Held {
            records: articles.bytes_of_records(),
            outlines: outlines.bytes(),
            samples: samples.bytes(),
            imprints: imprints.bytes(),
            in_files: articles.bytes_in_file()
                + outlines.bytes_in_file()
                + samples.bytes_in_file()
                + imprints.bytes_in_file(),
            ..Held::default()
        }
    }

    pub(super) fn add(&mut self, candidates: usize, compared: &Compared) {
        self.pairs = (candidates * size_of::<(u32, u32)>()) as u64;
        self.edges = (compared.edges.len() * size_of::<Edge>()) as u64;
        self.blocks = compared.blocks;
        self.block = compared.block_bytes;
    }
}
