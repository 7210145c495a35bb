//! The first bytes of an input in; what it is where it holds no articles at all.
//!
//! A checkout without Git LFS leaves pointers where articles were, and pictures and archives get the ending of a text by accident.
//! Read as text they are a few words that nothing is a copy of, and so each of them would pass for an article that was compared.

use super::decode;
use super::error::Fault;

/// How the first line of a pointer of Git LFS begins, and that of its name before 2015. Source: git-lfs, docs/spec.md.
const POINTER_VERSIONS: [&str; 3] = [
    "version https://git-lfs.github.com/spec/",
    "version http://git-media.io/v/",
    "version https://hawser.github.com/spec/",
];

/// How a line of it begins that says which file it stands for.
const POINTER_HASH: &str = "oid ";

/// What files begin with that are no text, and what messages call them.
const SIGNATURES: [(&[u8], &str); 19] = [
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xFF\xD8\xFF", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "an RTF document"),
    (b"PK\x03\x04", "a ZIP archive, such as .docx and .xlsx are"),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Office document"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"Rar!\x1A\x07", "a RAR archive"),
    (b"\xFD7zXZ\0", "data compressed by xz"),
    (b"\x1F\x8B\x08", "data compressed by gzip, without the ending .gz"),
    (b"\x28\xB5\x2F\xFD", "data compressed by Zstandard, without the ending .zst"),
    (b"PAR1", "Parquet, without the ending .parquet"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7FELF", "a program"),
    (b"OggS\0", "a recording"),
    (b"\0\0\0\x18ftyp", "a film"),
    (b"\0\0\0\x20ftyp", "a film"),
];

/// What an input is instead of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Foreign {
    /// A pointer of Git LFS.
    Pointer,
    /// No text that can be read.
    NotText(&'static str),
}

impl Foreign {
    /// Looks at the first bytes of an input, decompressed.
    pub(super) fn of(head: &[u8]) -> Option<Foreign> {
        if is_lfs_pointer(head) {
            return Some(Foreign::Pointer);
        }
        let signed = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|(_, name)| *name);
        let bzip2 = || head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY");
        let name = signed
            .or_else(|| bzip2().then_some("data compressed by bzip2"))
            .or_else(|| is_utf32(head).then_some("UTF-32"))
            .or_else(|| is_binary(head).then_some("binary data"))?;
        Some(Foreign::NotText(name))
    }
}

impl From<Foreign> for Fault {
    fn from(foreign: Foreign) -> Fault {
        match foreign {
            Foreign::Pointer => Fault::LfsPointer,
            Foreign::NotText(found) => Fault::NotText { found },
        }
    }
}

/// Whether a file that begins so is a pointer of Git LFS, which stands for a file that is kept elsewhere. A byte order mark, line ends
/// of any kind and whatever follows make no difference.
pub fn is_lfs_pointer(head: &[u8]) -> bool {
    // Cheap for nearly all files: the word begins the file, in whatever encoding.
    if !head.iter().take(16).any(|&byte| byte == b'v') {
        return false;
    }
    let head = &head[..head.len().min(decode::HEAD_BYTES)];
    let decoded = decode::file(head);
    let mut lines = decoded.text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    let begins = |line: &str, with: &str| line.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let versioned = lines.next().is_some_and(|line| POINTER_VERSIONS.iter().any(|version| begins(line, version)));
    versioned && lines.any(|line| begins(line, POINTER_HASH))
}

/// UTF-32: its mark, or every fourth byte pair NUL, as no other encoding has it.
fn is_utf32(head: &[u8]) -> bool {
    /// Of fewer letters, NUL bytes among them say too little.
    const FEWEST_LETTERS: usize = 4;
    if head.starts_with(b"\xFF\xFE\0\0") || head.starts_with(b"\0\0\xFE\xFF") {
        return true;
    }
    let (letters, _) = head.as_chunks::<4>();
    let all = |is_letter: fn(&[u8; 4]) -> bool| letters.len() >= FEWEST_LETTERS && letters.iter().all(is_letter);
    let little = all(|letter| letter[3] == 0 && letter[2] <= 0x10 && letter[0] | letter[1] != 0);
    let big = all(|letter| letter[0] == 0 && letter[1] <= 0x10 && letter[2] | letter[3] != 0);
    little || big
}

/// Neither UTF-8 nor UTF-16, and with more control characters than any text in an older encoding has.
fn is_binary(head: &[u8]) -> bool {
    /// Random bytes have 10 in 100, text none; a stray one makes no binary.
    const FEWEST_CONTROLS: usize = 8;
    const BYTES_PER_CONTROL: usize = 50;
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    let controls = head.iter().filter(|byte| is_control(byte)).count();
    if controls < FEWEST_CONTROLS || controls * BYTES_PER_CONTROL < head.len() {
        return false;
    }
    // What the end of the head cuts in two is no damage.
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    !is_utf8 && decode::byte_order(head).wide.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";

    #[test]
    fn a_pointer_is_one_however_it_was_written() {
        let wide: Vec<u8> = POINTER.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for pointer in [
            POINTER.as_bytes().to_vec(),
            format!("\u{feff}{POINTER}").into_bytes(),
            POINTER.replace('\n', "\r\n").into_bytes(),
            POINTER.replace('\n', "\r").into_bytes(),
            format!("\n  {POINTER}\n\nmore\n").into_bytes(),
            POINTER.replace("git-lfs", "hawser").into_bytes(),
            POINTER.replace("oid", "ext-0-foo sha256:11\noid").replace("v1", "v2").into_bytes(),
            b"version http://git-media.io/v/2\noid sha256:00\nsize 1".to_vec(),
            wide,
        ] {
            assert_eq!(Foreign::of(&pointer), Some(Foreign::Pointer), "{}", String::from_utf8_lossy(&pointer));
        }
    }

    #[test]
    fn an_article_about_pointers_is_none() {
        for text in [
            "A pointer begins with\nversion https://git-lfs.github.com/spec/v1\noid sha256:00\n",
            "version https://git-lfs.github.com/spec/v1 is the first line of a pointer",
            "version 2 of the bill\noid\n",
            "",
        ] {
            assert_eq!(Foreign::of(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_text_is_told_by_how_it_begins() {
        let random: Vec<u8> = (0u32..4096).map(|place| (place.wrapping_mul(0x9E37_79B9) >> 13) as u8).collect();
        let utf32 =
            |text: &str, bytes: fn(u32) -> [u8; 4]| -> Vec<u8> { text.chars().flat_map(|c| bytes(c.into())).collect() };
        for (head, name) in [
            (b"\x89PNG\r\n\x1A\n".to_vec(), "a PNG picture"),
            (b"BZh91AY&SY".to_vec(), "data compressed by bzip2"),
            (utf32("\u{feff}Tổng thống", u32::to_le_bytes), "UTF-32"),
            (utf32("Tổng thống 😀", u32::to_le_bytes), "UTF-32"),
            (utf32("Tổng thống", u32::to_be_bytes), "UTF-32"),
            (random, "binary data"),
        ] {
            assert_eq!(Foreign::of(&head), Some(Foreign::NotText(name)));
        }
    }

    #[test]
    fn text_is_text_in_every_encoding_and_with_strange_characters() {
        let wide: Vec<u8> = "Tổng thống Mỹ đã công bố".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let hidden: String = "Tổng thống Mỹ đã công bố ".chars().flat_map(|letter| [letter, '\0']).collect();
        let cut = &"ổ".repeat(9).into_bytes()[..8];
        for text in [&wide[..], hidden.as_bytes(), b"Vi\xea\xf2t Nam c\xf3", b"some\0text \xFF", b"\0\0\0\0", cut, b""]
        {
            assert_eq!(Foreign::of(text), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
