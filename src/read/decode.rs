//! Bytes in whatever encoding in, UTF-8 text out.
//!
//! UTF-8 is borrowed as it is. What is not UTF-8 is one of three things, and they are told apart in this order: UTF-16, by
//! its byte order mark or by the NUL bytes that every second Latin letter has; UTF-8 with some damage, where more
//! characters are whole than broken; else a legacy encoding, guessed from the bytes as browsers do it. The guess is told
//! that Vietnamese is likely, because windows-1258 is never guessed otherwise.

use std::borrow::Cow;
use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_16BE, UTF_16LE};

/// How many bytes at the start of an input tell UTF-16 from anything else.
pub(super) const HEAD_BYTES: usize = 4096;

/// Text, and whether some of its bytes became U+FFFD.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) lossy: bool,
}

impl<'a> Decoded<'a> {
    fn whole(text: &'a str) -> Self {
        Decoded { text: Cow::Borrowed(text), lossy: false }
    }
}

/// Decodes a whole file: with a byte order mark, in UTF-16, UTF-8 or a legacy encoding.
pub(super) fn file(bytes: &[u8]) -> Decoded<'_> {
    match byte_order(&bytes[..bytes.len().min(HEAD_BYTES)]) {
        ByteOrder { wide: Some(encoding), mark_bytes } => with(encoding, &bytes[mark_bytes..]),
        ByteOrder { wide: None, mark_bytes } => record(&bytes[mark_bytes..]),
    }
}

/// Decodes one record of an input that is not UTF-16: UTF-8 or, for this record alone, a legacy encoding.
pub(super) fn record(bytes: &[u8]) -> Decoded<'_> {
    // The standard library's check was four fifths of the time to read JSON lines of Vietnamese news: hardly a run of
    // eight bytes is free of diacritics there, and so its fast path for ASCII never runs.
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Decoded::whole(text),
        Err(_) if is_damaged_utf8(bytes) => Decoded { text: String::from_utf8_lossy(bytes), lossy: true },
        Err(_) => with(legacy(bytes), bytes),
    }
}

fn with<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, lossy }
}

fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0u64, 0u64);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|character| !character.is_ascii()).count() as u64;
        broken += u64::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

fn legacy(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(Some(b"vn"), Utf8Detection::Deny)
}

/// What the first bytes of an input say about its encoding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ByteOrder {
    /// UTF-16 of one of its two byte orders, where it is UTF-16.
    pub(super) wide: Option<&'static Encoding>,
    /// How many bytes the byte order mark has; 0 without one.
    pub(super) mark_bytes: usize,
}

/// Looks at the first [`HEAD_BYTES`] of an input, or at all of a shorter one.
pub(super) fn byte_order(head: &[u8]) -> ByteOrder {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => ByteOrder { wide: None, mark_bytes: 3 },
        [0xFF, 0xFE, ..] => ByteOrder { wide: Some(UTF_16LE), mark_bytes: 2 },
        [0xFE, 0xFF, ..] => ByteOrder { wide: Some(UTF_16BE), mark_bytes: 2 },
        _ => ByteOrder { wide: wide_by_nuls(head), mark_bytes: 0 },
    }
}

/// UTF-16 without a mark: of the bytes on one side of each pair at least 3 in 10 are NUL, on the other hardly any. Text in
/// Latin letters has 6 in 10 and more; UTF-8 that merely holds NUL bytes has them on both sides.
fn wide_by_nuls(head: &[u8]) -> Option<&'static Encoding> {
    /// Of fewer bytes, a NUL among them says too little.
    const FEWEST_PAIRS: usize = 8;
    let pairs = head.len() / 2;
    let nuls = |first: usize| head.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    let many = |count: usize| pairs >= FEWEST_PAIRS && count * 10 >= pairs * 3;
    let few = |count: usize| count * 100 <= pairs;
    match (even, odd) {
        _ if many(odd) && few(even) => Some(UTF_16LE),
        _ if many(even) && few(odd) => Some(UTF_16BE),
        _ => None,
    }
}

/// Reads UTF-16, gives UTF-8. An unpaired surrogate becomes U+FFFD.
pub(super) struct Transcoder<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    input_at: usize,
    output: Vec<u8>,
    output_at: usize,
    ended: bool,
}

impl<R: Read> Transcoder<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Transcoder { inner, decoder, input: Vec::new(), input_at: 0, output: Vec::new(), output_at: 0, ended: false }
    }

    /// Decodes one more piece into `output`.
    fn refill(&mut self) -> io::Result<()> {
        const PIECE: usize = 64 << 10;
        if self.input_at == self.input.len() {
            self.input.resize(PIECE, 0);
            let read = loop {
                match self.inner.read(&mut self.input) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.input.truncate(*read.as_ref().unwrap_or(&0));
            self.input_at = 0;
            self.ended = read? == 0;
        }
        self.output.resize(PIECE * 2, 0);
        let (_, read, written, _) =
            self.decoder.decode_to_utf8(&self.input[self.input_at..], &mut self.output, self.ended);
        self.input_at += read;
        self.output.truncate(written);
        self.output_at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.output_at == self.output.len() {
            if self.ended && self.input_at == self.input.len() {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = buffer.len().min(self.output.len() - self.output_at);
        buffer[..count].copy_from_slice(&self.output[self.output_at..self.output_at + count]);
        self.output_at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIETNAMESE: &str = "Tổng thống Mỹ đã công bố kế hoạch tổ chức một cuộc gặp, nhưng chưa rõ ngày nào.";

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn every_unicode_encoding_gives_the_same_text() {
        let marked = format!("\u{feff}{VIETNAMESE}");
        for bytes in [
            VIETNAMESE.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
            utf16(VIETNAMESE, u16::to_le_bytes),
            utf16(VIETNAMESE, u16::to_be_bytes),
        ] {
            let decoded = file(&bytes);
            assert_eq!((decoded.text.as_ref(), decoded.lossy), (VIETNAMESE, false));
        }
    }

    #[test]
    fn windows_1258_is_recognized() {
        // "Việt Nam" and "người" as windows-1258 keeps them: a vowel, then its tone as a combining byte.
        let bytes = b"Vi\xea\xf2t Nam c\xf3 nhi\xea\xccu ng\xfd\xf5\xcci d\xe2n s\xf4\xecng \xf0\xf4ng \xf0\xfac \xf5\xd2 th\xe0nh ph\xf4\xec";
        let decoded = file(bytes);
        assert!(decoded.text.starts_with("Vi\u{ea}\u{323}t Nam"), "{}", decoded.text);
        assert!(!decoded.lossy);
    }

    #[test]
    fn damaged_utf8_stays_utf8_and_is_lossy() {
        let mut bytes = VIETNAMESE.as_bytes().to_vec();
        bytes.push(0xE1);
        let decoded = record(&bytes);
        assert!(decoded.lossy && decoded.text.starts_with("Tổng thống") && decoded.text.ends_with('\u{fffd}'));
    }

    #[test]
    fn nul_bytes_alone_do_not_make_utf16() {
        for bytes in [&b"a\0b"[..], b"\0", b"\0\0\0\0", b"abc\0def\0\0ghi", b"", b"a"] {
            assert_eq!(file(bytes).text.as_bytes(), bytes);
        }
    }

    #[test]
    fn a_transcoder_gives_the_same_text_for_any_read_size() {
        let text = VIETNAMESE.repeat(3000) + "😀";
        let bytes = utf16(&text, u16::to_le_bytes);
        for size in [1, 2, 3, 100_000] {
            let mut reader = Transcoder::new(&bytes[..], UTF_16LE);
            let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
            loop {
                match reader.read(&mut buffer).unwrap() {
                    0 => break,
                    count => all.extend_from_slice(&buffer[..count]),
                }
            }
            assert!(all == text.as_bytes(), "reads of {size}");
        }
    }
}
