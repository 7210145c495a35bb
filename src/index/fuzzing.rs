//! Doors for a fuzzer to what is private: compiled under `cfg(fuzzing)` alone, where no checksum stops it.

use super::manifest::Manifest;
use super::segment::{Marks, Segment};
use super::storage::Bytes;

/// Opens a segment of these bytes, and reads and looks up all of it.
pub fn segment(bytes: &[u8]) {
    let Ok(segment) = Segment::open("segment", Bytes::Held(bytes.to_vec()), Marks::default()) else { return };
    let faults = segment.faults();
    for number in segment.held().take(1_000) {
        let card = segment.card(number);
        let _ = segment.outlet(&card);
        let _ = segment.find(card.id);
        let _ = segment.imprint(number);
        if faults.is_empty() {
            let block = segment.block_of(number);
            assert!(segment.numbers(block).contains(&number));
        }
    }
    for keys in [segment.samples(), segment.terms()] {
        let _ = keys.find(&[0, 1, 7, 1 << 20, u32::MAX], |_, _| {});
    }
}

/// Reads a manifest of these bytes.
pub fn manifest(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::from_bytes(bytes, "MANIFEST") {
        assert_eq!(Manifest::from_bytes(&manifest.to_bytes(), "MANIFEST").ok(), Some(manifest));
    }
}
