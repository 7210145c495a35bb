//! Several segments in, their documents and keys in one order out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::error::IndexError;
use super::keys::{Keys, Unpacked};
use super::segment::{Card, Segment};

/// A number that stands for a document that is no more.
pub(super) const GONE: u32 = u32::MAX;

/// Where a document stands.
#[derive(Clone, Copy)]
pub(super) struct At<'s> {
    pub(super) segment: &'s Segment,
    /// The place of the segment among those that are merged.
    pub(super) place: usize,
    pub(super) number: u32,
    pub(super) card: Card,
}

/// Documents of some segments in the order in which documents stand in a segment.
pub(super) struct InOrder<'s> {
    cursors: Vec<Cursor<'s>>,
    /// Where each cursor stands, the least first.
    next: BinaryHeap<Reverse<((u64, u128), usize)>>,
}

/// Numbers of documents in rising order.
type Numbers<'s> = Box<dyn Iterator<Item = u32> + 's>;

struct Cursor<'s> {
    segment: &'s Segment,
    numbers: Numbers<'s>,
    number: u32,
    /// The block that was read last, and where its lines end.
    block: usize,
    documents: String,
    ends: Vec<usize>,
}

impl<'s> InOrder<'s> {
    /// The current versions of all articles.
    pub(super) fn current(segments: &[&'s Segment]) -> InOrder<'s> {
        InOrder::of(segments.iter().map(|&segment| (segment, Box::new(segment.current()) as _)))
    }

    /// Everything that is not removed: earlier versions of articles as well.
    pub(super) fn held(segments: &[&'s Segment]) -> InOrder<'s> {
        InOrder::of(segments.iter().map(|&segment| (segment, Box::new(segment.held()) as _)))
    }

    /// The documents of these numbers.
    fn of(segments: impl ExactSizeIterator<Item = (&'s Segment, Numbers<'s>)>) -> InOrder<'s> {
        let mut next = BinaryHeap::new();
        let mut cursors = Vec::with_capacity(segments.len());
        for (place, (segment, numbers)) in segments.enumerate() {
            let mut cursor =
                Cursor { segment, numbers, number: 0, block: usize::MAX, documents: String::new(), ends: Vec::new() };
            next.extend(cursor.step().map(|order| Reverse((order, place))));
            cursors.push(cursor);
        }
        InOrder { cursors, next }
    }
}

impl Cursor<'_> {
    /// Goes to the next document, and says where in the order that stands.
    fn step(&mut self) -> Option<(u64, u128)> {
        self.number = self.numbers.next()?;
        Some(self.segment.card(self.number).order())
    }

    fn line(&mut self) -> Result<&str, IndexError> {
        let block = self.segment.block_of(self.number);
        if self.block != block {
            self.documents = self.segment.read_block(block)?;
            self.ends = std::iter::once(0)
                .chain(memchr::memchr_iter(b'\n', self.documents.as_bytes()).map(|at| at + 1))
                .collect();
            self.block = block;
        }
        let place = (self.number - self.segment.numbers(block).start) as usize;
        // As many lines as numbers: `read_block` looked.
        Ok(&self.documents[self.ends[place]..self.ends[place + 1]])
    }
}

impl<'s> Iterator for InOrder<'s> {
    type Item = Result<(At<'s>, String), IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((_, place)) = self.next.pop()?;
        let cursor = &mut self.cursors[place];
        let at = At { segment: cursor.segment, place, number: cursor.number, card: cursor.segment.card(cursor.number) };
        let line = match cursor.line() {
            Ok(line) => line.to_owned(),
            Err(error) => return Some(Err(error)),
        };
        self.next.extend(cursor.step().map(|order| Reverse((order, place))));
        Some(Ok((at, line)))
    }
}

/// The entries of several lists of keys in one order, the documents under their new numbers.
pub(super) struct KeysInOrder<'s> {
    lists: Vec<List<'s>>,
    next: BinaryHeap<Reverse<(u32, u32, usize)>>,
    fault: Option<IndexError>,
}

struct List<'s> {
    segment: &'s Segment,
    keys: Keys<'s>,
    /// For each document its new number, or [`GONE`].
    numbers: &'s [u32],
    block: usize,
    unpacked: Unpacked,
    entries: std::vec::IntoIter<(u32, u32)>,
}

impl<'s> KeysInOrder<'s> {
    /// `keys` chooses the list of a segment; `numbers`: for each segment its documents' new numbers.
    pub(super) fn of(
        segments: &[&'s Segment],
        numbers: &'s [Vec<u32>],
        keys: impl Fn(&'s Segment) -> Keys<'s>,
    ) -> KeysInOrder<'s> {
        let list = |(segment, numbers): (&&'s Segment, &'s Vec<u32>)| List {
            segment,
            keys: keys(segment),
            numbers,
            block: 0,
            unpacked: Unpacked::default(),
            entries: Vec::new().into_iter(),
        };
        let lists: Vec<List<'s>> = segments.iter().zip(numbers).map(list).collect();
        let mut merged = KeysInOrder { next: BinaryHeap::new(), lists, fault: None };
        for place in 0..merged.lists.len() {
            merged.step(place);
        }
        merged
    }

    fn step(&mut self, place: usize) {
        match self.lists[place].next() {
            Ok(Some((key, number))) => self.next.push(Reverse((key, number, place))),
            Ok(None) => {}
            Err(fault) => self.fault = Some(fault),
        }
    }
}

impl List<'_> {
    fn next(&mut self) -> Result<Option<(u32, u32)>, IndexError> {
        loop {
            for (key, document) in self.entries.by_ref() {
                let number = self.numbers.get(document as usize).copied().unwrap_or(GONE);
                if number != GONE {
                    return Ok(Some((key, number)));
                }
            }
            if self.block == self.keys.len() {
                return Ok(None);
            }
            self.keys.unpack(self.block, &mut self.unpacked).map_err(|block| self.segment.damaged_keys(&block))?;
            self.entries = self.unpacked.entries().collect::<Vec<_>>().into_iter();
            self.block += 1;
        }
    }
}

impl Iterator for KeysInOrder<'_> {
    type Item = Result<(u32, u32), IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.fault.take() {
            self.next.clear();
            return Some(Err(fault));
        }
        let Reverse((key, number, place)) = self.next.pop()?;
        self.step(place);
        Some(Ok((key, number)))
    }
}
