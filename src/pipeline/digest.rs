//! The words of articles in, what the search needs of each out, one behind the other.
//!
//! A million articles have two million small lists; each by itself would cost more to ask memory for than to make. So the
//! lists of all stand in two long ones, in the order in which articles were read, and where those of an article are says its
//! [`Head`]. A long list can be given back as soon as it has served, which is what keeps the peak low.

use std::ops::Range;

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::events::{Profile, Profiler};
use crate::normalize::{HUGE_WORDS, Words};
use crate::settings::{Level, Settings};
use crate::shingle::{Shingler, content_hash, imprint};
use crate::sketch::sketch;
use crate::stored::{Item, Memory, Stored, StoredError};
use crate::verify::Size;

/// What the search needs of one article, until it is with that of the others.
pub(crate) struct Digest {
    /// Hash of its words, shells left out: equal for twins.
    pub(crate) content: u64,
    /// The same of all its words, shells and all.
    pub(crate) whole: u64,
    pub(crate) size: Size,
    pub(crate) sketch: Vec<u32>,
    pub(crate) imprint: Vec<u8>,
    /// Where events are asked for.
    pub(crate) profile: Option<Profile>,
}

/// Makes the digest of article after article in the same buffers.
#[derive(Default)]
pub(super) struct Digester {
    /// The words of the article to be digested.
    pub(super) words: Words,
    hashes: Vec<u64>,
    kept_hashes: Vec<u64>,
    shingler: Shingler,
    profiler: Profiler,
}

impl Digester {
    /// The digest of `article`, whose words are in [`Digester::words`] until then, without the shells of this table.
    pub(super) fn digest(&mut self, article: &Article<'_>, settings: &Settings, shells: &ShellTable) -> Digest {
        let Digester { words, hashes, kept_hashes, shingler, profiler } = self;
        hashes.clear();
        hashes.extend(words.hashes());
        let kept = shells.kept(article.source.as_deref().unwrap_or(""), words);
        let profile = (settings.level == Level::Events).then(|| profiler.profile(article, words, kept.as_deref()));
        let kept = shells.without_posts(kept, words);
        let mut whole = None;
        if let Some(kept) = kept {
            whole = Some(content_hash(hashes));
            kept_hashes.clear();
            kept_hashes.extend(kept.into_iter().flat_map(|run| &hashes[run]));
            std::mem::swap(hashes, kept_hashes);
        }
        let shingles = shingler.different(hashes, settings.window_words);
        let content = content_hash(hashes);
        let digest = Digest {
            content,
            whole: whole.unwrap_or(content),
            size: Size { words: hashes.len(), shingles: shingles.len() },
            sketch: sketch(shingles),
            imprint: imprint(shingles),
            profile,
        };
        if self.words.len() > HUGE_WORDS {
            *self = Digester::default();
        }
        digest
    }
}

/// The digests of many articles.
#[derive(Default)]
pub(crate) struct Digests {
    pub(super) heads: Vec<Head>,
    pub(super) samples: Stored<u32>,
    pub(super) imprints: Stored<u8>,
}

/// What is known of one article, and where its lists stand.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    /// Hash of its words, shells left out: equal for twins.
    pub(super) content: u64,
    /// The same of all its words, shells and all.
    pub(super) whole: u64,
    pub(super) words: u32,
    pub(super) shingles: u32,
    samples_at: usize,
    imprint_at: usize,
    samples: u32,
    imprint_bytes: u32,
}

impl Head {
    pub(super) fn size(&self) -> Size {
        Size { words: self.words as usize, shingles: self.shingles as usize }
    }

    /// Where its samples stand among those of all.
    pub(super) fn samples(&self) -> Range<usize> {
        self.samples_at..self.samples_at + self.samples as usize
    }

    /// Where its imprint stands among those of all.
    pub(super) fn imprint(&self) -> Range<usize> {
        self.imprint_at..self.imprint_at + self.imprint_bytes as usize
    }
}

impl Digests {
    pub(crate) fn new(memory: &Memory) -> Result<Digests, StoredError> {
        Ok(Digests { heads: Vec::new(), samples: Stored::new(memory)?, imprints: Stored::new(memory)? })
    }

    /// What is held of them in memory where sketches and imprints are not, in bytes.
    pub(super) fn bytes_in_memory(&self) -> u64 {
        size_of_val(&self.heads[..]) as u64
    }

    /// Adds an article.
    pub(crate) fn push(&mut self, digest: &Digest) -> Result<(), StoredError> {
        let samples_at = self.samples.extend(&digest.sketch)?;
        let imprint_at = self.imprints.extend(&digest.imprint)?;
        self.heads.push(Head::of(digest, samples_at, imprint_at));
        Ok(())
    }

    /// Puts another digest in place of that of the article that was added as number `index`.
    pub(super) fn replace(&mut self, index: usize, digest: &Digest) -> Result<(), StoredError> {
        let old = self.heads[index];
        let samples_at = put(&mut self.samples, old.samples(), &digest.sketch)?;
        let imprint_at = put(&mut self.imprints, old.imprint(), &digest.imprint)?;
        self.heads[index] = Head::of(digest, samples_at, imprint_at);
        Ok(())
    }
}

impl Head {
    fn of(digest: &Digest, samples_at: usize, imprint_at: usize) -> Head {
        Head {
            content: digest.content,
            whole: digest.whole,
            words: digest.size.words as u32,
            shingles: digest.size.shingles as u32,
            samples_at,
            imprint_at,
            samples: digest.sketch.len() as u32,
            imprint_bytes: digest.imprint.len() as u32,
        }
    }
}

/// Writes `new` in place of what stands at `old` if it fits there, else behind all; returns where it begins.
fn put<T: Item>(all: &mut Stored<T>, old: Range<usize>, new: &[T]) -> Result<usize, StoredError> {
    if new.len() > old.len() {
        return all.extend(new);
    }
    all.replace(old.start, new)?;
    Ok(old.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(words: usize) -> Digest {
        Digest {
            content: words as u64,
            whole: words as u64,
            size: Size { words, shingles: words },
            sketch: vec![words as u32; words / 2],
            imprint: vec![words as u8; words],
            profile: None,
        }
    }

    fn is_whole(digests: &Digests, index: usize, words: usize) -> bool {
        let head = digests.heads[index];
        head.words as usize == words
            && digests.samples.reader().get(head.samples()).unwrap() == vec![words as u32; words / 2]
            && digests.imprints.reader().get(head.imprint()).unwrap() == vec![words as u8; words]
    }

    #[test]
    fn a_digest_takes_the_place_of_another_whatever_its_size() {
        let mut digests = Digests::default();
        [10, 4, 6].iter().for_each(|&words| digests.push(&digest(words)).unwrap());
        for words in [8, 12, 2, 9] {
            digests.replace(1, &digest(words)).unwrap();
            assert!(is_whole(&digests, 0, 10) && is_whole(&digests, 2, 6));
            assert!(is_whole(&digests, 1, words), "{words}");
        }
    }
}
