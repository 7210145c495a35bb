//! One segment: documents in compressed blocks, what is known of each, and the keys that find them. Written once, never changed.
//!
//! Documents stand in rising order of their words' hash. So articles of the same words are neighbors, which compresses them to
//! nothing; the first documents of a long list of a key are its pivots; and a segment is the same whatever the order of the input.
//! Byte by byte: `FORMAT.md`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};

use rayon::prelude::*;
use roaring::RoaringBitmap;
use xxhash_rust::xxh3::xxh3_64;
use zstd::bulk::Decompressor;

use crate::article::Published;

use super::error::IndexError;
use super::keys::{DIRECTORY_ENTRY, DamagedBlock, KeyWriter, Keys, Unpacked};
use super::storage::{Bytes, NewFile};

/// What a segment begins with.
const MAGIC: &[u8; 8] = b"WCSEGMT2";

/// Documents are compressed together up to about so many bytes. Reading one decompresses all of its block: 31 microseconds, and
/// 45 with twice the bytes, which would save 7 % of the space.
const BLOCK_BYTES: usize = 16 << 10;

/// How hard documents are compressed. Level 6 takes 5 % less space and three times the time.
const ZSTD_LEVEL: i32 = 3;

/// So many blocks are compressed side by side.
const BLOCKS_AT_ONCE: usize = 64;

/// At how many rates articles sample their shingles.
pub(super) const RATES: usize = 4;

/// What stands for a number that is not known.
const NOT_PUBLISHED: i64 = i64::MIN;
const NO_OUTLET: u32 = u32::MAX;

/// What a segment knows of an article without reading its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Card {
    /// xxh3 of its id, 128 bits.
    pub(super) id: u128,
    /// Hash of its words, shells left out: the order of documents.
    pub(super) content: u64,
    /// Hash of all its words.
    pub(super) words_hash: u64,
    /// Hash of its document.
    pub(super) record_hash: u64,
    /// When it was published.
    pub(super) published: Option<Published>,
    /// Its outlet, by its place in the list of the segment.
    pub(super) outlet: Option<u32>,
    /// How many words it has, shells left out.
    pub(super) words: u32,
    /// How many different shingles.
    pub(super) shingles: u32,
    /// How many samples of them at each rate, from all of them to one in eight.
    pub(super) sampled: [u16; RATES],
}

impl Card {
    const BYTES: usize = 16 + 3 * 8 + 8 + 3 * 4 + RATES * 2;

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.id.to_le_bytes());
        out.extend([self.content, self.words_hash, self.record_hash].iter().flat_map(|hash| hash.to_le_bytes()));
        out.extend(self.published.map_or(NOT_PUBLISHED, |published| published.epoch_seconds).to_le_bytes());
        let numbers = [self.outlet.unwrap_or(NO_OUTLET), self.words, self.shingles];
        out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        out.extend(self.sampled.iter().flat_map(|count| count.to_le_bytes()));
    }

    fn read(bytes: &[u8]) -> Card {
        let mut fields = Fields(bytes);
        let id = u128::from_le_bytes(fields.take());
        let [content, words_hash, record_hash] = std::array::from_fn(|_| fields.u64());
        let published = i64::from_le_bytes(fields.take());
        let [outlet, words, shingles] = std::array::from_fn(|_| fields.u32());
        Card {
            id,
            content,
            words_hash,
            record_hash,
            published: (published != NOT_PUBLISHED).then_some(Published::at(published)),
            outlet: (outlet != NO_OUTLET).then_some(outlet),
            words,
            shingles,
            sampled: std::array::from_fn(|_| u16::from_le_bytes(fields.take())),
        }
    }

    /// Documents stand in this order.
    pub(super) fn order(&self) -> (u64, u128) {
        (self.content, self.id)
    }

    /// Documents are written in this order: [`Card::order`], and a definite one of two versions that differ in boilerplate alone.
    pub(super) fn identity(&self) -> Identity {
        let Card { content, id, words_hash, record_hash, .. } = *self;
        Identity { content, id, words_hash, record_hash }
    }

    /// What tells whether one version of an article takes the place of another.
    pub(super) fn edition(&self) -> Edition {
        Edition { words_hash: self.words_hash, record_hash: self.record_hash, published: self.published }
    }
}

/// What tells an article, or a version of one, from all others; in the order in which documents stand in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// What tells its words without boilerplate from others: articles with the same of them have the same number.
    pub(crate) content: u64,
    /// The hash of its id.
    pub(crate) id: u128,
    /// Hash of all its words.
    pub(crate) words_hash: u64,
    /// Hash of its document.
    pub(crate) record_hash: u64,
}

/// A version of an article, as far as it decides which version holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edition {
    /// Hash of all its words.
    pub(super) words_hash: u64,
    /// Hash of its document.
    pub(super) record_hash: u64,
    /// When it was published.
    pub(super) published: Option<Published>,
}

impl Edition {
    /// Whether words and everything else are the same.
    pub(super) fn is_same(&self, other: &Edition) -> bool {
        self.words_hash == other.words_hash && self.record_hash == other.record_hash
    }

    /// Whether this version, which comes after `current`, is known to be the older one of the two.
    pub(super) fn is_older_than(&self, current: &Edition) -> bool {
        self.published.zip(current.published).is_some_and(|(own, current)| own < current)
    }
}

/// Takes fields of fixed lengths from bytes that are known to be enough.
struct Fields<'b>(&'b [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut field = [0; N];
        if let Some((head, rest)) = self.0.split_at_checked(N) {
            field.copy_from_slice(head);
            self.0 = rest;
        }
        field
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}

/// The parts of a segment, in the order in which they stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
enum Part {
    /// Compressed documents, block behind block.
    Documents,
    /// Where these blocks are.
    Blocks,
    /// A [`Card`] a document.
    Cards,
    /// Documents in order of their ids' hashes.
    Ids,
    /// Names of outlets.
    Outlets,
    /// Sampled shingles and who has them.
    Samples,
    /// The directory of these.
    SampleDirectory,
    /// Terms of events and who has them.
    Terms,
    /// The directory of these.
    TermDirectory,
}

const PARTS: usize = 9;

impl Part {
    const ALL: [Part; PARTS] = [
        Part::Documents,
        Part::Blocks,
        Part::Cards,
        Part::Ids,
        Part::Outlets,
        Part::Samples,
        Part::SampleDirectory,
        Part::Terms,
        Part::TermDirectory,
    ];

    fn name(self) -> &'static str {
        match self {
            Part::Documents => "documents",
            Part::Blocks => "table of blocks",
            Part::Cards => "table of articles",
            Part::Ids => "table of ids",
            Part::Outlets => "list of outlets",
            Part::Samples => "samples",
            Part::SampleDirectory => "directory of samples",
            Part::Terms => "terms",
            Part::TermDirectory => "directory of terms",
        }
    }

    /// Whether the blocks of this part have checksums of their own.
    fn is_in_blocks(self) -> bool {
        matches!(self, Part::Documents | Part::Samples | Part::Terms)
    }
}

/// Where a part stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Extent {
    offset: u64,
    length: u64,
    /// xxh3; 0 of a part whose blocks have their own.
    checksum: u64,
}

/// Bytes of the footer: the extents, the number of documents, the checksum of these, and the magic once more.
const FOOTER: usize = PARTS * 24 + 4 + 8 + 8;

/// Bytes of a block's entry: its place, its length, that of its documents, the number of the first of these, and its xxh3.
const BLOCK_ENTRY: usize = 8 + 3 * 4 + 8;

/// What a finished segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) bytes: u64,
    pub(super) documents: u32,
    /// That of its footer.
    pub(super) checksum: u64,
}

/// Writes a segment, documents in order.
pub(super) struct SegmentWriter {
    /// The file, for messages.
    name: String,
    out: Counted,
    extents: [Extent; PARTS],
    /// Documents of the block that is being filled.
    open: Vec<u8>,
    /// Number of the first of them.
    first: u32,
    /// Their imprints.
    imprints: Imprints,
    /// Full blocks that wait to be compressed.
    full: Vec<FullBlock>,
    blocks: Vec<u8>,
    cards: Vec<u8>,
    ids: Vec<(u128, u32)>,
    outlets: HashMap<String, u32>,
    outlet_bytes: Vec<u8>,
}

/// A block that waits to be compressed.
struct FullBlock {
    /// The number of its first document.
    first: u32,
    documents: Vec<u8>,
    imprints: Imprints,
}

/// The imprints of a block.
#[derive(Default)]
struct Imprints {
    /// The length of each.
    lengths: Vec<u32>,
    bytes: Vec<u8>,
}

impl Imprints {
    fn to_bytes(&self) -> Vec<u8> {
        let lengths: Vec<u8> = self.lengths.iter().flat_map(|length| length.to_le_bytes()).collect();
        let bytes = [lengths.as_slice(), &self.bytes].concat();
        [&xxh3_64(&bytes).to_le_bytes(), bytes.as_slice()].concat()
    }
}

/// Counts what is written.
struct Counted {
    file: Box<dyn NewFile>,
    written: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl SegmentWriter {
    pub(super) fn new(name: &str, file: Box<dyn NewFile>) -> io::Result<SegmentWriter> {
        let mut out = Counted { file, written: 0 };
        out.write_all(MAGIC)?;
        let mut extents = [Extent::default(); PARTS];
        extents[Part::Documents as usize].offset = out.written;
        Ok(SegmentWriter {
            name: name.to_owned(),
            out,
            extents,
            open: Vec::new(),
            first: 0,
            imprints: Imprints::default(),
            full: Vec::new(),
            blocks: Vec::new(),
            cards: Vec::new(),
            ids: Vec::new(),
            outlets: HashMap::new(),
            outlet_bytes: Vec::new(),
        })
    }

    /// Adds a document, a line of JSON, of this outlet and imprint. In order of [`Card::order`].
    pub(super) fn push(&mut self, card: Card, outlet: Option<&str>, document: &[u8], imprint: &[u8]) -> io::Result<()> {
        let number = self.ids.len() as u32;
        self.ids.push((card.id, number));
        let outlet = outlet.map(|outlet| self.outlet(outlet));
        Card { outlet, ..card }.write(&mut self.cards);
        self.open.extend_from_slice(document);
        self.imprints.lengths.push(imprint.len() as u32);
        self.imprints.bytes.extend_from_slice(imprint);
        if self.open.len() >= BLOCK_BYTES {
            self.close_block();
            if self.full.len() == BLOCKS_AT_ONCE {
                self.write_blocks()?;
            }
        }
        Ok(())
    }

    fn outlet(&mut self, outlet: &str) -> u32 {
        if let Some(&place) = self.outlets.get(outlet) {
            return place;
        }
        let place = self.outlets.len() as u32;
        self.outlets.insert(outlet.to_owned(), place);
        self.outlet_bytes.extend((outlet.len() as u32).to_le_bytes());
        self.outlet_bytes.extend(outlet.as_bytes());
        place
    }

    fn close_block(&mut self) {
        if !self.open.is_empty() {
            let (documents, imprints) = (std::mem::take(&mut self.open), std::mem::take(&mut self.imprints));
            self.full.push(FullBlock { first: self.first, documents, imprints });
        }
        self.first = self.ids.len() as u32;
    }

    fn write_blocks(&mut self) -> io::Result<()> {
        let compressed: Vec<io::Result<Vec<u8>>> =
            self.full.par_iter().map(|block| zstd::bulk::compress(&block.documents, ZSTD_LEVEL)).collect();
        for (FullBlock { first, documents, imprints }, compressed) in self.full.drain(..).zip(compressed) {
            let compressed = compressed?;
            self.blocks.extend(self.out.written.to_le_bytes());
            let numbers = [compressed.len() as u32, documents.len() as u32, first];
            self.blocks.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            self.blocks.extend(xxh3_64(&compressed).to_le_bytes());
            self.out.write_all(&compressed)?;
            self.out.write_all(&imprints.to_bytes())?;
        }
        Ok(())
    }

    /// Writes everything else: `samples` and `terms` are keys with documents, in rising order. Synced when it returns.
    pub(super) fn finish(
        mut self,
        samples: impl Iterator<Item = Result<(u32, u32), IndexError>>,
        terms: impl Iterator<Item = Result<(u32, u32), IndexError>>,
    ) -> Result<Finished, IndexError> {
        let name = self.name.clone();
        let io = IndexError::io(&name);
        self.tables().map_err(&io)?;
        self.keys(Part::Samples, Part::SampleDirectory, samples)?;
        self.keys(Part::Terms, Part::TermDirectory, terms)?;
        self.footer().map_err(&io)
    }

    fn tables(&mut self) -> io::Result<()> {
        self.close_block();
        self.write_blocks()?;
        self.extents[Part::Documents as usize].length =
            self.out.written - self.extents[Part::Documents as usize].offset;
        let (blocks, cards) = (std::mem::take(&mut self.blocks), std::mem::take(&mut self.cards));
        self.part(Part::Blocks, &blocks)?;
        self.part(Part::Cards, &cards)?;
        self.ids.par_sort_unstable();
        let ids: Vec<u8> = self.ids.iter().flat_map(|(_, number)| number.to_le_bytes()).collect();
        self.part(Part::Ids, &ids)?;
        let outlets = std::mem::take(&mut self.outlet_bytes);
        self.part(Part::Outlets, &outlets)
    }

    fn footer(mut self) -> io::Result<Finished> {
        let documents = self.ids.len() as u32;
        let mut footer = Vec::with_capacity(FOOTER);
        for Extent { offset, length, checksum } in self.extents {
            footer.extend([offset, length, checksum].iter().flat_map(|number| number.to_le_bytes()));
        }
        footer.extend(documents.to_le_bytes());
        let checksum = xxh3_64(&footer);
        footer.extend(checksum.to_le_bytes());
        footer.extend(MAGIC);
        self.out.write_all(&footer)?;
        self.out.file.sync()?;
        Ok(Finished { bytes: self.out.written, documents, checksum })
    }

    fn part(&mut self, part: Part, bytes: &[u8]) -> io::Result<()> {
        self.extents[part as usize] =
            Extent { offset: self.out.written, length: bytes.len() as u64, checksum: xxh3_64(bytes) };
        self.out.write_all(bytes)
    }

    fn keys(
        &mut self,
        part: Part,
        directory: Part,
        entries: impl Iterator<Item = Result<(u32, u32), IndexError>>,
    ) -> Result<(), IndexError> {
        let name = self.name.clone();
        let io = IndexError::io(&name);
        let offset = self.out.written;
        let mut writer = KeyWriter::new(io::BufWriter::with_capacity(1 << 20, &mut self.out));
        for entry in entries {
            let (key, document) = entry?;
            writer.push(key, document).map_err(&io)?;
        }
        let (length, entries) = writer.finish().map_err(&io)?;
        self.extents[part as usize] = Extent { offset, length, checksum: 0 };
        self.part(directory, &entries).map_err(&io)
    }
}

/// An open segment.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its file.
    pub(super) name: String,
    bytes: Bytes,
    extents: [Extent; PARTS],
    documents: u32,
    outlets: Vec<String>,
    /// Numbers of documents that are no more.
    pub(super) removed: RoaringBitmap,
    /// Numbers of earlier versions of articles: new articles are compared with them, but nothing else finds them. None is removed.
    pub(super) earlier: RoaringBitmap,
}

/// What became of the documents of a segment since it was written: [`Segment::removed`] and [`Segment::earlier`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Marks {
    pub(super) removed: RoaringBitmap,
    pub(super) earlier: RoaringBitmap,
}

impl Marks {
    /// Marks a document as an earlier version.
    pub(super) fn replace(&mut self, number: u32) {
        self.earlier.insert(number);
    }

    /// Marks a document as removed.
    pub(super) fn remove(&mut self, number: u32) {
        self.earlier.remove(number);
        self.removed.insert(number);
    }
}

impl Segment {
    /// Opens a segment and checks all of it but blocks, which are checked when they are read.
    pub(super) fn open(name: &str, bytes: Bytes, marks: Marks) -> Result<Segment, IndexError> {
        let damaged = |what: &str| IndexError::damaged(name, what);
        let footer_at = bytes.len().checked_sub(FOOTER).ok_or_else(|| damaged("it ends too early"))?;
        let footer = &bytes[footer_at..];
        let (fields, end) = footer.split_at(FOOTER - 16);
        if &end[8..] != MAGIC || !bytes.starts_with(MAGIC) {
            return Err(damaged("it does not begin and end as a segment does"));
        }
        if !holds(&end[..8], fields) {
            return Err(damaged("the checksum of its footer does not hold; none of its articles can be read"));
        }
        let mut fields = Fields(fields);
        let extents: [Extent; PARTS] =
            std::array::from_fn(|_| Extent { offset: fields.u64(), length: fields.u64(), checksum: fields.u64() });
        let documents = fields.u32();
        let inside =
            |extent: &Extent| extent.offset.checked_add(extent.length).is_some_and(|end| end <= footer_at as u64);
        if !extents.iter().all(inside) {
            return Err(damaged("a part lies beyond its end"));
        }
        let Marks { removed, earlier } = marks;
        let name_of_file = name.to_owned();
        let mut segment =
            Segment { name: name_of_file, bytes, extents, documents, outlets: Vec::new(), removed, earlier };
        for part in Part::ALL.into_iter().filter(|part| !part.is_in_blocks()) {
            if !holds(&segment.extents[part as usize].checksum.to_le_bytes(), segment.part(part)) {
                let what =
                    format!("the checksum of its {} does not hold; none of its articles can be read", part.name());
                return Err(IndexError::damaged(name, what));
            }
        }
        let fits = segment.part(Part::Cards).len() == documents as usize * Card::BYTES
            && segment.part(Part::Ids).len() == documents as usize * 4
            && segment.part(Part::Blocks).len().is_multiple_of(BLOCK_ENTRY)
            && segment.part(Part::SampleDirectory).len().is_multiple_of(DIRECTORY_ENTRY)
            && segment.part(Part::TermDirectory).len().is_multiple_of(DIRECTORY_ENTRY);
        if !fits {
            return Err(IndexError::damaged(name, "its parts are not of one number of articles"));
        }
        let firsts: Vec<u32> = (0..segment.blocks()).map(|block| segment.block_entry(block).first).collect();
        let rising = firsts.is_sorted_by(|a, b| a < b) && firsts.first().is_none_or(|&first| first == 0);
        if !rising || firsts.last().is_some_and(|&last| last >= documents) {
            return Err(IndexError::damaged(name, "its blocks are not of its articles"));
        }
        let ids = segment.part(Part::Ids).chunks_exact(4).map(|bytes| Fields(bytes).u32());
        let Segment { removed, earlier, .. } = &segment;
        if ids.chain(removed.max()).chain(earlier.max()).any(|number| number >= documents)
            || !removed.is_disjoint(earlier)
        {
            return Err(IndexError::damaged(name, "it names articles that it does not have"));
        }
        segment.outlets = outlets(segment.part(Part::Outlets))
            .ok_or_else(|| IndexError::damaged(name, "its list of outlets ends too early"))?;
        Ok(segment)
    }

    fn part(&self, part: Part) -> &[u8] {
        let Extent { offset, length, .. } = self.extents[part as usize];
        &self.bytes[offset as usize..(offset + length) as usize]
    }

    /// How many bytes each part has, by name.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let frames: u64 = (0..self.blocks()).map(|block| u64::from(self.block_entry(block).length)).sum();
        Part::ALL.into_iter().flat_map(move |part| {
            let length = self.extents[part as usize].length;
            match part {
                Part::Documents => vec![(part.name(), frames), ("imprints", length.saturating_sub(frames))],
                _ => vec![(part.name(), length)],
            }
        })
    }

    /// That of its footer.
    pub(super) fn checksum(&self) -> u64 {
        let fields = &self.bytes[self.bytes.len() - FOOTER..][..FOOTER - 16];
        xxh3_64(fields)
    }

    /// The documents of these words that are not removed.
    pub(super) fn of_content(&self, content: u64) -> impl Iterator<Item = u32> + '_ {
        let (mut low, mut high) = (0, self.documents);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.card(middle).content < content { low = middle + 1 } else { high = middle }
        }
        let same = (low..self.documents).take_while(move |&number| self.card(number).content == content);
        same.filter(|&number| !self.removed.contains(number))
    }

    /// How many documents it has, removed ones among them.
    pub(super) fn documents(&self) -> u32 {
        self.documents
    }

    /// What became of its documents.
    pub(super) fn marks(&self) -> Marks {
        Marks { removed: self.removed.clone(), earlier: self.earlier.clone() }
    }

    /// Whether a document is not removed. It may be an earlier version of an article.
    pub(super) fn is_held(&self, number: u32) -> bool {
        !self.removed.contains(number)
    }

    /// Whether a document is the version of its article that holds.
    pub(super) fn is_current(&self, number: u32) -> bool {
        self.is_held(number) && !self.earlier.contains(number)
    }

    /// The numbers of documents that are not removed.
    pub(super) fn held(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.documents).filter(|&number| self.is_held(number))
    }

    /// How many of them there are.
    pub(super) fn held_count(&self) -> u64 {
        u64::from(self.documents) - self.removed.len()
    }

    /// The numbers of those that are the current versions of their articles.
    pub(super) fn current(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.documents).filter(|&number| self.is_current(number))
    }

    /// How many of them there are.
    pub(super) fn current_count(&self) -> u64 {
        self.held_count() - self.earlier.len()
    }

    /// What is known of a document.
    pub(super) fn card(&self, number: u32) -> Card {
        Card::read(&self.part(Part::Cards)[number as usize * Card::BYTES..][..Card::BYTES])
    }

    /// The name of a document's outlet.
    pub(super) fn outlet(&self, card: &Card) -> Option<&str> {
        self.outlets.get(card.outlet? as usize).map(String::as_str)
    }

    /// The current version of the article whose id has this hash.
    pub(super) fn find(&self, id: u128) -> Option<u32> {
        self.of_id(id).find(|&number| self.is_current(number))
    }

    /// All documents whose id has this hash: versions of one article, removed ones among them.
    pub(super) fn of_id(&self, id: u128) -> impl Iterator<Item = u32> + '_ {
        let ids = self.part(Part::Ids);
        let number = |place: usize| Fields(&ids[place * 4..]).u32();
        let (mut low, mut high) = (0, self.documents as usize);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.card(number(middle)).id < id { low = middle + 1 } else { high = middle }
        }
        (low..self.documents as usize).map(number).take_while(move |&number| self.card(number).id == id)
    }

    /// Sampled shingles and who has them.
    pub(super) fn samples(&self) -> Keys<'_> {
        Keys { blocks: self.part(Part::Samples), directory: self.part(Part::SampleDirectory) }
    }

    /// Terms of events and who has them.
    pub(super) fn terms(&self) -> Keys<'_> {
        Keys { blocks: self.part(Part::Terms), directory: self.part(Part::TermDirectory) }
    }

    /// What a damaged block of keys means.
    pub(super) fn damaged_keys(&self, block: &DamagedBlock) -> IndexError {
        let DamagedBlock { block, of } = block;
        IndexError::damaged(
            &self.name,
            format!("block {} of {of} of its keys; some copies would not be found", block + 1),
        )
    }

    /// How many blocks of documents there are.
    pub(super) fn blocks(&self) -> usize {
        self.part(Part::Blocks).len() / BLOCK_ENTRY
    }

    fn block_entry(&self, block: usize) -> BlockEntry {
        let mut fields = Fields(&self.part(Part::Blocks)[block * BLOCK_ENTRY..]);
        BlockEntry {
            offset: fields.u64(),
            length: fields.u32(),
            raw: fields.u32(),
            first: fields.u32(),
            checksum: fields.u64(),
        }
    }

    /// The numbers of the documents of a block.
    pub(super) fn numbers(&self, block: usize) -> std::ops::Range<u32> {
        let end = if block + 1 < self.blocks() { self.block_entry(block + 1).first } else { self.documents };
        self.block_entry(block).first..end
    }

    /// The block that a document is in.
    pub(super) fn block_of(&self, number: u32) -> usize {
        let (mut low, mut high) = (0, self.blocks());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.block_entry(middle).first <= number { low = middle + 1 } else { high = middle }
        }
        low.saturating_sub(1)
    }

    /// The documents of a block, a line each.
    pub(super) fn read_block(&self, block: usize) -> Result<String, IndexError> {
        let BlockEntry { offset, length, raw, checksum, .. } = self.block_entry(block);
        let numbers = self.numbers(block);
        let damaged = || {
            let what = format!(
                "block {} of {} of its documents; {} articles can't be read",
                block + 1,
                self.blocks(),
                numbers.len()
            );
            IndexError::damaged(&self.name, what)
        };
        let end = (offset as usize).checked_add(length as usize).ok_or_else(damaged)?;
        let compressed = self.bytes.get(offset as usize..end).ok_or_else(damaged)?;
        if !holds(&checksum.to_le_bytes(), compressed) {
            return Err(damaged());
        }
        let documents = decompressed(compressed, raw as usize).map_err(|_| damaged())?;
        let documents = simdutf8::basic::from_utf8(&documents).map_err(|_| damaged())?.to_owned();
        if memchr::memchr_iter(b'\n', documents.as_bytes()).count() == numbers.len() {
            Ok(documents)
        } else {
            Err(damaged())
        }
    }

    /// The imprints of a block's documents, one behind the other, and the length of each.
    fn imprints(&self, block: usize) -> Result<(&[u8], &[u8]), IndexError> {
        let damaged = || {
            let what =
                format!("the imprints of block {} of {}; some copies would not be found", block + 1, self.blocks());
            IndexError::damaged(&self.name, what)
        };
        let BlockEntry { offset, length, .. } = self.block_entry(block);
        let Extent { offset: first, length: all, .. } = self.extents[Part::Documents as usize];
        let end = if block + 1 < self.blocks() { self.block_entry(block + 1).offset } else { first + all };
        let start = (offset as usize).checked_add(length as usize).ok_or_else(damaged)?;
        let bytes = self.bytes.get(start..end as usize).ok_or_else(damaged)?;
        let (checksum, bytes) = bytes.split_at_checked(8).ok_or_else(damaged)?;
        if !holds(checksum, bytes) {
            return Err(damaged());
        }
        bytes
            .split_at_checked(self.numbers(block).len() * 4)
            .map(|(lengths, imprints)| (imprints, lengths))
            .ok_or_else(damaged)
    }

    /// The imprint of a document.
    pub(super) fn imprint(&self, number: u32) -> Result<&[u8], IndexError> {
        let block = self.block_of(number);
        let (imprints, lengths) = self.imprints(block)?;
        let place = (number - self.numbers(block).start) as usize;
        let mut lengths = lengths.chunks_exact(4).map(|bytes| Fields(bytes).u32() as usize);
        let start = lengths.by_ref().take(place).fold(0_usize, usize::saturating_add);
        let end = start.saturating_add(lengths.next().unwrap_or(0));
        let what = "imprints that are not of its articles";
        imprints.get(start..end).ok_or_else(|| IndexError::damaged(&self.name, what))
    }

    /// Reads everything and says what is not as it was written.
    pub(super) fn faults(&self) -> Vec<IndexError> {
        let of_block = |block| [self.read_block(block).err(), self.imprints(block).err()];
        let mut faults: Vec<IndexError> =
            (0..self.blocks()).into_par_iter().flat_map_iter(of_block).flatten().collect();
        for keys in [self.samples(), self.terms()] {
            let of_block = |block| {
                let mut unpacked = Unpacked::default();
                keys.unpack(block, &mut unpacked).err()
            };
            let damaged = (0..keys.len()).into_par_iter().filter_map(of_block);
            faults.extend(damaged.collect::<Vec<_>>().iter().map(|block| self.damaged_keys(block)));
        }
        faults
    }
}

/// Whether a checksum holds; a fuzzer, which can't make any, is let through to what lies behind.
pub(super) fn holds(checksum: &[u8], bytes: &[u8]) -> bool {
    cfg!(fuzzing) || checksum == xxh3_64(bytes).to_le_bytes()
}

struct BlockEntry {
    offset: u64,
    length: u32,
    raw: u32,
    first: u32,
    checksum: u64,
}

/// The names in a list of outlets; `None` where it is none.
fn outlets(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut outlets = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_at_checked(4)?;
        let (name, rest) = rest.split_at_checked(Fields(length).u32() as usize)?;
        outlets.push(String::from_utf8(name.to_vec()).ok()?);
        bytes = rest;
    }
    Some(outlets)
}

/// The bytes of a block. Each thread keeps its decompressor: making one takes as long as many a block.
fn decompressed(compressed: &[u8], length: usize) -> io::Result<Vec<u8>> {
    thread_local! {
        static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        decompressor.decompress(compressed, length)
    })
}
