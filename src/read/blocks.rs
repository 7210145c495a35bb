//! A stream of bytes in, blocks of whole records out.
//!
//! A block is what is worked on at once: a few megabytes, cut where a record ends; what follows the cut opens the next
//! block. A record longer than a block makes its block longer, up to the largest record that the settings allow; of a
//! record beyond that only its place is kept, and its bytes are dropped as they come. Memory is therefore bounded by two
//! blocks (one read, one worked on) and two of the largest records, whatever the input.
//!
//! Where records lie does not depend on how large the blocks are; the tests hold that to account.

use std::io::{self, Read};

use super::foreign::Foreign;
use super::frame::Framer;
use super::stream::{IS_EMPTY, Stream, Trouble};

/// How many bytes are read and worked on at once. Large enough that a block's records keep several threads busy for
/// milliseconds, small enough that two of them fit a processor's last-level cache.
pub(super) const BLOCK_BYTES: usize = 4 << 20;

/// Whole records, and where they lie.
#[derive(Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// Where `bytes` begin in the input, decompressed.
    base: u64,
    pub(super) frames: Vec<Frame>,
}

impl Block {
    /// The bytes of one record of this block; empty where they were not kept.
    pub(super) fn record(&self, frame: &Frame) -> &[u8] {
        let start = frame.offset.wrapping_sub(self.base) as usize;
        self.bytes.get(start..start.saturating_add(frame.length as usize)).unwrap_or(&[])
    }

    /// The line end that follows a record of this block; nothing where the input ends without one.
    pub(super) fn line_end(&self, frame: &Frame) -> &[u8] {
        let start = (frame.offset.wrapping_sub(self.base) as usize).saturating_add(frame.length as usize);
        let after = self.bytes.get(start..).unwrap_or(&[]);
        let length = match after {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        &after[..length]
    }
}

/// Where one record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// Its first byte in the input, decompressed.
    pub(super) offset: u64,
    /// How many bytes it has, without a line end; 0 where it is too large.
    pub(super) length: u32,
    /// The line it begins on; the first is 1.
    pub(super) line: u32,
    /// How many records come before it, good or bad.
    pub(super) index: u32,
    pub(super) shape: Shape,
}

/// Whether a record can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Whole,
    /// Its bytes were dropped.
    TooLarge,
    /// The input ended inside it: inside the object named. Within an array or a quote that is no record but
    /// [`Blocks::truncated`].
    Open(&'static str),
    /// The whole input, of which the first bytes say that it holds no articles. They are all that is held of it.
    Foreign(Foreign),
}

/// What is open while a stream is cut into records.
#[derive(Clone, Copy)]
enum Open {
    Nothing,
    /// A record that begins at this place in the buffer.
    Record(usize),
    /// A record that turned out too large.
    Dropped {
        offset: u64,
        line: u32,
    },
}

/// Cuts a stream into blocks.
pub(super) struct Blocks {
    stream: Stream,
    framer: Framer,
    block_bytes: usize,
    max_record_bytes: usize,
    /// What followed the last block's cut.
    carry: Vec<u8>,
    /// Where the buffer begins in the input.
    base: u64,
    open: Open,
    /// How far the framer has looked, in the buffer.
    looked: usize,
    /// The line at `counted`, a place in the buffer up to which lines have been counted.
    line: u32,
    /// How many records were found.
    index: u32,
    counted: usize,
    /// Whether the last byte that was counted is a `\r`: the `\n` that may follow is no line end more.
    return_counted: bool,
    ended: bool,
    /// Why the input ended before its end: damage of a compressed stream, or an array or a quote that is still open.
    pub(super) truncated: Option<Trouble>,
}

impl Blocks {
    /// `max_article_bytes` is taken as at most 4 GiB.
    pub(super) fn new(stream: Stream, framer: Framer, block_bytes: usize, max_article_bytes: u64) -> Self {
        Blocks {
            base: stream.start,
            stream,
            framer,
            block_bytes: block_bytes.max(1),
            max_record_bytes: usize::try_from(max_article_bytes.min(u64::from(u32::MAX))).unwrap_or(usize::MAX),
            carry: Vec::new(),
            open: Open::Nothing,
            looked: 0,
            line: 1,
            index: 0,
            counted: 0,
            return_counted: false,
            ended: false,
            truncated: None,
        }
    }

    /// Counts lines from this one.
    pub(super) fn with_first_line(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    /// Whether records are lines.
    pub(super) fn has_line_ends(&self) -> bool {
        self.framer.has_line_ends()
    }

    /// Whether an array has begun in what was given so far.
    pub(super) fn has_array(&self) -> bool {
        self.framer.has_array()
    }

    /// How many bytes of the input as it is stored have been read.
    pub(super) fn consumed(&self) -> u64 {
        self.stream.consumed()
    }

    /// The next block; `None` after the last. `spent` is a block that is no longer needed, whose memory is used again.
    pub(super) fn next(&mut self, spent: Block) -> io::Result<Option<Block>> {
        if self.ended {
            return Ok(None);
        }
        if let Some((foreign, head)) = self.stream.foreign.take() {
            self.ended = true;
            let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
            let frame = Frame { offset: 0, length, line: self.line, index: 0, shape: Shape::Foreign(foreign) };
            return Ok(Some(Block { bytes: head, base: 0, frames: vec![frame] }));
        }
        let Block { mut bytes, mut frames, .. } = spent;
        bytes.clear();
        frames.clear();
        // One huge record must not keep its memory for good.
        bytes.shrink_to(self.block_bytes * 4);
        bytes.append(&mut self.carry);
        while frames.is_empty() && !self.ended {
            self.read_more(&mut bytes)?;
            self.frame(&bytes, &mut frames);
            if self.ended {
                self.close(&bytes, &mut frames);
            } else if frames.is_empty() {
                self.drop_unneeded(&mut bytes);
            }
        }
        let block = Block { base: self.base, bytes, frames };
        self.cut(&block.bytes);
        Ok((!block.frames.is_empty()).then_some(block))
    }

    fn read_more(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let wanted = self.block_bytes.saturating_sub(bytes.len()).max(self.block_bytes.div_ceil(2));
        bytes.reserve(wanted.min(self.stream.size_hint()));
        let read = (&mut self.stream).take(wanted as u64).read_to_end(bytes);
        match read {
            Ok(count) => {
                self.ended = count < wanted;
                if self.ended && self.stream.lacks_everything() {
                    self.truncated = Some(Trouble { offset: 0, compressed: true, reason: IS_EMPTY.to_owned() });
                }
            }
            Err(error) => {
                let offset = self.base + bytes.len() as u64;
                self.truncated = Some(self.stream.trouble(error, offset)?);
                self.ended = true;
            }
        }
        Ok(())
    }

    /// Looks for records in what has not been looked at.
    fn frame(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) {
        loop {
            if let Open::Nothing = self.open {
                let Some(start) = self.framer.start(bytes, self.looked) else {
                    self.looked = bytes.len();
                    return;
                };
                self.open = Open::Record(start);
                self.looked = start;
            }
            let Some(end) = self.framer.end(bytes, self.looked) else {
                self.looked = bytes.len();
                return;
            };
            self.finish(bytes, end.record, Shape::Whole, frames);
            self.looked = end.next;
        }
    }

    /// Ends the open record at `end`.
    fn finish(&mut self, bytes: &[u8], end: usize, shape: Shape, frames: &mut Vec<Frame>) {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => {}
            Open::Dropped { offset, line } => {
                let index = self.next_index();
                frames.push(Frame { offset, length: 0, line, index, shape: Shape::TooLarge });
            }
            Open::Record(start) => {
                let line = self.line_at(bytes, start);
                let offset = self.base + start as u64;
                let mut record = &bytes[start..end];
                if self.framer.has_line_ends() {
                    record = record.strip_suffix(b"\r").unwrap_or(record);
                }
                let index = 0;
                let frame = match u32::try_from(record.len()) {
                    Ok(length) if record.len() <= self.max_record_bytes => Frame { offset, length, line, index, shape },
                    _ => Frame { offset, length: 0, line, index, shape: Shape::TooLarge },
                };
                if frame.shape == Shape::TooLarge || !self.framer.is_blank(record) {
                    frames.push(Frame { index: self.next_index(), ..frame });
                }
            }
        }
    }

    /// Ends what is open when the input ends.
    fn close(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) {
        if self.truncated.is_none() && (self.framer.array_is_open() || self.framer.quote_is_open()) {
            let reason =
                if self.framer.array_is_open() { self.unclosed_array(bytes) } else { self.unclosed_quote(bytes) };
            let offset = self.base + bytes.len() as u64;
            self.truncated = Some(Trouble { offset, compressed: self.stream.is_compressed(), reason });
        }
        if self.truncated.is_some() {
            // A record that was cut off must not pass for a whole one: the truncation is reported instead.
            self.open = Open::Nothing;
            return;
        }
        if matches!(self.framer, Framer::Whole) && self.base == self.stream.start && bytes.is_empty() {
            self.open = Open::Record(0);
        }
        let shape = self.framer.open_at_end().map_or(Shape::Whole, Shape::Open);
        self.finish(bytes, bytes.len(), shape, frames);
    }

    /// What the end of the input cuts off where it lies inside the array of records. A value that stands alone is a bad record
    /// instead: there it is one that is lost, here nobody knows how many.
    fn unclosed_array(&mut self, bytes: &[u8]) -> String {
        let line = match self.open {
            Open::Nothing => None,
            Open::Record(start) => Some(self.line_at(bytes, start)),
            Open::Dropped { line, .. } => Some(line),
        };
        match line {
            None => "the array of records is never closed".to_owned(),
            Some(line) => format!("the record that begins on line {line} and the array around it are never closed"),
        }
    }

    /// A quote that nothing closes has taken all that follows for one field: how many rows that is, nobody knows.
    fn unclosed_quote(&mut self, bytes: &[u8]) -> String {
        let of_row = |line: u32| format!("a quote in the row that begins on line {line} is never closed");
        match self.open {
            // Whether so much was held depends on how it came; what is said of it must not.
            Open::Record(start) if bytes.len() - start > self.max_record_bytes => of_row(self.line_at(bytes, start)),
            Open::Record(start) => {
                let line = self.line_at(bytes, start + self.framer.last_quote(&bytes[start..]));
                format!("the quote that opens on line {line} is never closed")
            }
            Open::Dropped { line, .. } => of_row(line),
            Open::Nothing => "a quote is never closed".to_owned(),
        }
    }

    /// Drops the bytes of a record that is too large, or that belong to no record.
    fn drop_unneeded(&mut self, bytes: &mut Vec<u8>) {
        /// The longest line end, which is no part of the record.
        const LINE_END_BYTES: usize = 2;
        if let Open::Record(start) = self.open {
            if bytes.len() - start <= self.max_record_bytes.saturating_add(LINE_END_BYTES) {
                return;
            }
            let line = self.line_at(bytes, start);
            self.open = Open::Dropped { offset: self.base + start as u64, line };
        }
        self.line = self.line_at(bytes, bytes.len());
        self.base += bytes.len() as u64;
        self.looked = 0;
        self.counted = 0;
        bytes.clear();
    }

    /// Keeps for the next block what follows the last whole record.
    fn cut(&mut self, bytes: &[u8]) {
        let at = match self.open {
            Open::Record(start) => start,
            _ => bytes.len(),
        };
        self.line_at(bytes, at);
        self.carry.clear();
        self.carry.extend_from_slice(&bytes[at..]);
        self.base += at as u64;
        self.looked -= at;
        self.counted = 0;
        if let Open::Record(start) = &mut self.open {
            *start = 0;
        }
    }

    /// The index of the next record.
    fn next_index(&mut self) -> u32 {
        let index = self.index;
        self.index = index.saturating_add(1);
        index
    }

    /// The line at a place in the buffer, which must not be before the last one asked for.
    fn line_at(&mut self, bytes: &[u8], at: usize) -> u32 {
        let region = &bytes[self.counted..at];
        let ends = if self.framer.takes_returns_for_line_ends() {
            self.line_ends(region)
        } else {
            memchr::memchr_iter(b'\n', region).count()
        };
        self.line = self.line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        self.counted = at;
        self.line
    }

    /// How many line ends there are, `\r\n` being one.
    fn line_ends(&mut self, region: &[u8]) -> usize {
        let is_own = |&place: &usize| match place.checked_sub(1) {
            _ if region[place] == b'\r' => true,
            Some(before) => region[before] != b'\r',
            None => !self.return_counted,
        };
        let ends = memchr::memchr2_iter(b'\n', b'\r', region).filter(is_own).count();
        self.return_counted = region.last().map_or(self.return_counted, |&last| last == b'\r');
        ends
    }
}
