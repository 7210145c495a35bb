//! Keys with the documents that have them, in rising order, packed; and the documents of wanted keys.
//!
//! A key is the upper half of a sampled shingle, as good as random: for a B-tree the worst case, for a sorted list the best.
//! 128 entries make a block: the differences between keys and the numbers of documents, each in as many bits as the largest
//! needs (frame of reference: Goldstein, Ramakrishnan, Shaft, ICDE 1998). A directory holds the first key of each block, so that a look
//! costs one search in the directory and one block, and wanted keys in rising order go through both in one direction.

use std::io::{self, Write};

use bitpacking::{BitPacker, BitPacker4x};
use xxhash_rust::xxh3::xxh3_64;

/// Entries in a block.
pub(super) const BLOCK: usize = BitPacker4x::BLOCK_LEN;

/// Bytes of a block's entry in the directory: its first key, its place in units of [`UNIT`] bytes, the bits of a difference
/// and of a document, the number of entries, and the lower half of the xxh3 of its bytes.
pub(super) const DIRECTORY_ENTRY: usize = 16;

/// Blocks begin at multiples of this: 128 numbers of `b` bits are `16 b` bytes.
const UNIT: u64 = BLOCK as u64 / 8;

/// Writes keys in rising order.
pub(super) struct KeyWriter<W> {
    out: W,
    packer: BitPacker4x,
    keys: Vec<u32>,
    documents: Vec<u32>,
    packed: Vec<u8>,
    directory: Vec<u8>,
    written: u64,
}

impl<W: Write> KeyWriter<W> {
    pub(super) fn new(out: W) -> KeyWriter<W> {
        KeyWriter {
            out,
            packer: BitPacker4x::new(),
            keys: Vec::with_capacity(BLOCK),
            documents: Vec::with_capacity(BLOCK),
            packed: Vec::new(),
            directory: Vec::new(),
            written: 0,
        }
    }

    /// Adds an entry; in rising order of key, then of document.
    pub(super) fn push(&mut self, key: u32, document: u32) -> io::Result<()> {
        self.keys.push(key);
        self.documents.push(document);
        if self.keys.len() == BLOCK { self.block() } else { Ok(()) }
    }

    fn block(&mut self) -> io::Result<()> {
        let (Some(&first), Some(&last), entries) = (self.keys.first(), self.keys.last(), self.keys.len()) else {
            return Ok(());
        };
        // What fills up the last block is never read.
        self.keys.resize(BLOCK, last);
        self.documents.resize(BLOCK, 0);
        let key_bits = self.packer.num_bits_sorted(first, &self.keys);
        let document_bits = self.packer.num_bits(&self.documents);
        let sizes = [key_bits, document_bits].map(BitPacker4x::compressed_block_size);
        self.packed.clear();
        self.packed.resize(sizes[0] + sizes[1], 0);
        self.packer.compress_sorted(first, &self.keys, &mut self.packed[..sizes[0]], key_bits);
        self.packer.compress(&self.documents, &mut self.packed[sizes[0]..], document_bits);
        self.out.write_all(&self.packed)?;
        // 2^32 units are 64 GiB of keys, more than 2^32 documents have room for.
        let place = u32::try_from(self.written / UNIT).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        self.directory.extend(first.to_le_bytes());
        self.directory.extend(place.to_le_bytes());
        self.directory.extend([key_bits, document_bits]);
        self.directory.extend((entries as u16).to_le_bytes());
        self.directory.extend((xxh3_64(&self.packed) as u32).to_le_bytes());
        self.written += self.packed.len() as u64;
        self.keys.clear();
        self.documents.clear();
        Ok(())
    }

    /// The bytes of all blocks, and the directory.
    pub(super) fn finish(mut self) -> io::Result<(u64, Vec<u8>)> {
        self.block()?;
        self.out.flush()?;
        Ok((self.written, self.directory))
    }
}

/// Keys as they stand in a file.
#[derive(Clone, Copy)]
pub(super) struct Keys<'k> {
    /// The blocks, one behind the other.
    pub(super) blocks: &'k [u8],
    /// An entry a block.
    pub(super) directory: &'k [u8],
}

/// A block that does not hold what was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DamagedBlock {
    /// Its place among the blocks.
    pub(super) block: usize,
    /// Of how many.
    pub(super) of: usize,
}

struct Entry {
    first: u32,
    place: u32,
    key_bits: u8,
    document_bits: u8,
    entries: u16,
    checksum: u32,
}

/// One block, unpacked.
pub(super) struct Unpacked {
    packer: BitPacker4x,
    block: usize,
    entries: usize,
    keys: [u32; BLOCK],
    documents: [u32; BLOCK],
}

impl Default for Unpacked {
    fn default() -> Self {
        Unpacked { packer: BitPacker4x::new(), block: usize::MAX, entries: 0, keys: [0; BLOCK], documents: [0; BLOCK] }
    }
}

impl Unpacked {
    /// Key and document of each entry.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.keys[..self.entries].iter().copied().zip(self.documents[..self.entries].iter().copied())
    }
}

impl Keys<'_> {
    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.directory.len() / DIRECTORY_ENTRY
    }

    fn entry(&self, block: usize) -> Entry {
        let bytes = &self.directory[block * DIRECTORY_ENTRY..][..DIRECTORY_ENTRY];
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Entry {
            first: number(0),
            place: number(4),
            key_bits: bytes[8],
            document_bits: bytes[9],
            entries: u16::from_le_bytes([bytes[10], bytes[11]]),
            checksum: number(12),
        }
    }

    fn first(&self, block: usize) -> u32 {
        self.entry(block).first
    }

    /// Unpacks a block, unless that is what `unpacked` holds.
    pub(super) fn unpack(&self, block: usize, unpacked: &mut Unpacked) -> Result<(), DamagedBlock> {
        if unpacked.block == block {
            return Ok(());
        }
        let damaged = || DamagedBlock { block, of: self.len() };
        let Entry { first, place, key_bits, document_bits, entries, checksum } = self.entry(block);
        if key_bits > 32 || document_bits > 32 || usize::from(entries) > BLOCK {
            return Err(damaged());
        }
        let sizes = [key_bits, document_bits].map(BitPacker4x::compressed_block_size);
        let start = place as usize * UNIT as usize;
        let bytes = self.blocks.get(start..).and_then(|rest| rest.get(..sizes[0] + sizes[1])).ok_or_else(damaged)?;
        if !cfg!(fuzzing) && xxh3_64(bytes) as u32 != checksum {
            return Err(damaged());
        }
        unpacked.packer.decompress_sorted(first, &bytes[..sizes[0]], &mut unpacked.keys, key_bits);
        unpacked.packer.decompress(&bytes[sizes[0]..], &mut unpacked.documents, document_bits);
        (unpacked.block, unpacked.entries) = (block, entries.into());
        Ok(())
    }

    /// Calls `found` with the place of each of the `wanted` keys that is here and the documents that have it, both in rising
    /// order. `wanted`: in rising order, each once.
    pub(super) fn find(&self, wanted: &[u32], mut found: impl FnMut(usize, &[u32])) -> Result<(), DamagedBlock> {
        let (mut unpacked, mut documents, mut from) = (Unpacked::default(), Vec::new(), 0);
        for (place, &key) in wanted.iter().enumerate() {
            // The first block that begins with the key or beyond it; the key may stand at the end of the one before.
            from = partition_point(from, self.len(), |block| self.first(block) < key);
            let mut block = from.saturating_sub(1);
            documents.clear();
            while block < self.len() && self.first(block) <= key {
                self.unpack(block, &mut unpacked)?;
                let keys = &unpacked.keys[..unpacked.entries];
                let start = keys.partition_point(|&other| other < key);
                let length = keys[start..].partition_point(|&other| other == key);
                documents.extend_from_slice(&unpacked.documents[start..start + length]);
                block += 1;
            }
            if !documents.is_empty() {
                found(place, &documents);
            }
        }
        Ok(())
    }
}

/// The first place in `from..to` of which `before` does not hold, which it does of none behind it; looked for in growing steps,
/// as it is near.
fn partition_point(from: usize, to: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (from, 1);
    while low + step <= to && before(low + step - 1) {
        low += step;
        step *= 2;
    }
    let mut high = (low + step).min(to);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn written(entries: &[(u32, u32)]) -> (Vec<u8>, Vec<u8>) {
        let mut blocks = Vec::new();
        let mut writer = KeyWriter::new(&mut blocks);
        entries.iter().for_each(|&(key, document)| writer.push(key, document).unwrap());
        let (length, directory) = writer.finish().unwrap();
        assert_eq!(length, blocks.len() as u64);
        (blocks, directory)
    }

    fn found(keys: Keys<'_>, wanted: &[u32]) -> Result<BTreeMap<u32, Vec<u32>>, DamagedBlock> {
        let mut found = BTreeMap::new();
        keys.find(wanted, |place, documents| {
            found.insert(wanted[place], documents.to_vec());
        })?;
        Ok(found)
    }

    proptest! {
        #[test]
        fn every_wanted_key_has_exactly_its_documents(
            mut entries in prop::collection::vec((prop_oneof![0u32..40, any::<u32>()], any::<u32>()), 0..900),
            others in prop::collection::btree_set(prop_oneof![0u32..60, any::<u32>()], 0..50),
        ) {
            entries.sort_unstable();
            let (blocks, directory) = written(&entries);
            let mut wanted: Vec<u32> = others.iter().copied().chain(entries.iter().step_by(3).map(|one| one.0)).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let mut expected: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for &(key, document) in entries.iter().filter(|one| wanted.binary_search(&one.0).is_ok()) {
                expected.entry(key).or_default().push(document);
            }
            let keys = Keys { blocks: &blocks, directory: &directory };
            prop_assert_eq!(found(keys, &wanted).unwrap(), expected);
        }

        #[test]
        fn a_flipped_bit_is_never_taken_for_an_answer(
            keys in prop::collection::btree_set(any::<u32>(), 2..400),
            bit in any::<prop::sample::Index>(),
        ) {
            let entries: Vec<(u32, u32)> = keys.iter().copied().zip(0..).collect();
            let (mut blocks, directory) = written(&entries);
            let bit = bit.index(blocks.len() * 8);
            blocks[bit / 8] ^= 1 << (bit % 8);
            let wanted: Vec<u32> = keys.into_iter().collect();
            let keys = Keys { blocks: &blocks, directory: &directory };
            prop_assert!(found(keys, &wanted).is_err());
        }
    }

    #[test]
    fn a_key_that_fills_several_blocks_is_found_whole() {
        let entries: Vec<(u32, u32)> =
            (0..1_000).map(|document| (if document < 100 { 3 } else { 7 }, document)).collect();
        let (blocks, directory) = written(&entries);
        let keys = Keys { blocks: &blocks, directory: &directory };
        assert_eq!(found(keys, &[3, 5, 7, 9]).unwrap()[&7], (100..1_000).collect::<Vec<_>>());
    }
}
