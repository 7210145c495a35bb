//! The text of one JSON object in, its [`Fields`] out, if it is a plain one: what nearly all records of news are.
//!
//! Plain is an object whose values are strings, whole numbers, `true`, `false` and `null`, and anything under names that no
//! article uses. A string is searched for its end at the speed of memory, and one with escapes is written once, at its full
//! size. Whatever else is met, an error above all, is left to [`super::json`], which reads the record from its start: so there is
//! one place that knows what is wrong with a record, and this one only says that it did not see it.

use std::borrow::Cow;

use memchr::{memchr, memchr2};
use serde_json::value::RawValue;

use super::fields::{FieldNames, Fields, Value};

/// The fields of a plain object; `None` where it is not one.
pub(super) fn fields<'a>(text: &'a str, names: &FieldNames) -> Option<Fields<'a>> {
    let mut reader = Reader { text, at: 0 };
    let mut fields = Fields::default();
    reader.expect(b'{')?;
    loop {
        reader.expect(b'"')?;
        // A key with an escape is rare, and found by its name only once it is written out.
        let key = reader.string_end().filter(|string| !string.has_escapes)?.raw;
        reader.expect(b':')?;
        match names.find(key) {
            None => reader.skip()?,
            Some(name) if name.nested.is_empty() => fields.put(names, name, reader.value()?),
            Some(_) => return None,
        }
        match reader.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    reader.next().is_none().then_some(fields)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// What stands between two quotes.
struct Quoted<'a> {
    raw: &'a str,
    has_escapes: bool,
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space; goes behind it.
    fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        let byte = *rest.get(spaces)?;
        self.at += spaces + 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Goes behind the string whose opening quote was the last byte.
    fn string_end(&mut self) -> Option<Quoted<'a>> {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut has_escapes = false;
        loop {
            let found = self.at + memchr2(b'"', b'\\', &bytes[self.at..])?;
            if bytes[found] == b'"' {
                self.at = found + 1;
                let raw = &self.text[start..found];
                return is_allowed(raw).then_some(Quoted { raw, has_escapes });
            }
            has_escapes = true;
            // Whatever is escaped, its first byte is no end.
            self.at = found + 2;
            if self.at > bytes.len() {
                return None;
            }
        }
    }

    /// The value that comes next.
    fn value(&mut self) -> Option<Value<'a>> {
        match self.next()? {
            b'"' => {
                let Quoted { raw, has_escapes } = self.string_end()?;
                Some(Value::Text(if has_escapes { Cow::Owned(unescaped(raw)?) } else { Cow::Borrowed(raw) }))
            }
            b'n' => self.rest_of("ull").map(|()| Value::Null),
            b't' => self.rest_of("rue").map(|()| Value::Unusable("true or false")),
            b'f' => self.rest_of("alse").map(|()| Value::Unusable("true or false")),
            b'-' | b'0'..=b'9' => self.whole_number().map(Value::Integer),
            _ => None,
        }
    }

    /// Goes behind the value that comes next, which no article uses.
    fn skip(&mut self) -> Option<()> {
        match self.next()? {
            b'"' => {
                let Quoted { raw, has_escapes } = self.string_end()?;
                (!has_escapes || unescaped(raw).is_some()).then_some(())
            }
            b'[' | b'{' => {
                self.at -= 1;
                let rest = serde_json::Deserializer::from_str(&self.text[self.at..]);
                let value = rest.into_iter::<&RawValue>().next()?.ok()?;
                self.at += value.get().len();
                Some(())
            }
            _ => {
                self.at -= 1;
                self.value().map(|_| ())
            }
        }
    }

    fn rest_of(&mut self, word: &str) -> Option<()> {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += word.len();
        (found && self.is_over()).then_some(())
    }

    /// The whole number whose first byte was the last one; of a few digits, so that it fits.
    fn whole_number(&mut self) -> Option<i64> {
        let start = self.at - 1;
        let digits = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        let number = &self.text[start..self.at];
        let first = number.trim_start_matches('-');
        let is_plain =
            !first.is_empty() && (first == "0" && number == "0" || !first.starts_with('0')) && first.len() < 19;
        (is_plain && self.is_over()).then(|| number.parse().ok()).flatten()
    }

    /// Whether a word or number ends here.
    fn is_over(&self) -> bool {
        matches!(self.text.as_bytes().get(self.at), Some(b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n'))
    }
}

/// Whether a string holds no control character, which JSON does not allow. The minimum of all bytes is found many at once.
fn is_allowed(raw: &str) -> bool {
    raw.as_bytes().iter().fold(u8::MAX, |least, &byte| least.min(byte)) >= b' '
}

/// What a string with escapes says; `None` where an escape is none, or half of a pair.
fn unescaped(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        let mut length = 2;
        text.push(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = unit(&rest[at..])?;
                length = 6;
                match char::from_u32(first) {
                    Some(c) => c,
                    None => {
                        let second = unit(rest.get(at + 6..)?)?;
                        length = 12;
                        char::decode_utf16([first as u16, second as u16]).next()?.ok()?
                    }
                }
            }
            _ => return None,
        });
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Some(text)
}

/// The UTF-16 unit of an escape `\u0000` at the beginning of `text`.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::json;
    use super::*;
    use crate::settings::ReadSettings;

    /// Pieces of records, right and wrong.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "\"",
        "\"text\"",
        "\"TITLE\"",
        "\"x\"",
        "\"id\"",
        ":",
        ",",
        " ",
        "\n",
        "\\",
        "\\n",
        "\\u0041",
        "\\ud83d",
        "\\ude00",
        "\\u00",
        "\\/",
        "\\x",
        "\\\"",
        "\u{1}",
        "é",
        "😀",
        "null",
        "true",
        "false",
        "nul",
        "0",
        "-",
        "-0",
        "12",
        "1.5",
        "1e3",
        "007",
        "9223372036854775807",
        "99999999999999999999",
        "[1,[2]]",
        "{\"name\":\"a\"}",
        "[",
        "]",
        "\"a\":1,",
        "\"source\":",
    ];

    fn record() -> impl Strategy<Value = String> {
        let piece = || prop::sample::select(PIECES);
        let value = || {
            prop_oneof![
                3 => prop::collection::vec(piece(), 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat())),
                1 => piece().prop_map(str::to_owned),
            ]
        };
        let key = prop_oneof![
            Just("\"text\""),
            Just("\"title\""),
            Just("\"x\""),
            Just("\"id\""),
            Just("\"source\""),
            piece()
        ];
        let members = prop::collection::vec((key, value()), 0..4);
        let whole = members.prop_map(|members| {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            format!(" {{{}}} ", members.join(", "))
        });
        prop_oneof![3 => whole, 1 => prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_read_here_is_what_the_parser_reads(text in record()) {
            let names = FieldNames::new(&ReadSettings::default());
            if let Some(found) = fields(&text, &names) {
                let expected = json::parsed(&text, &names);
                prop_assert!(expected.is_ok(), "{:?} is not to be read", text);
                let article = |fields: Fields<'_>| format!("{:?}", fields.into_article(&names, || "here:1".into(), || None));
                prop_assert_eq!(article(found), article(expected.unwrap()));
            }
        }
    }

    #[test]
    fn usual_records_are_plain() {
        let names = FieldNames::new(&ReadSettings::default());
        let plain = [
            r#"{"id": "a", "text": "Một\nhai \"ba\" \u0111\ud83d\ude00", "title": null, "year": 2021, "tags": ["a", {"b": 1}], "ok": true}"#,
            r#"{"id":17,"published":1638932700,"text":"t"}"#,
        ];
        plain.iter().for_each(|text| assert!(fields(text, &names).is_some(), "{text}"));
        let left = [
            r#"{}"#,
            r#"{"text":"\ud83d"}"#,
            r#"{"source":{"name":"a"}}"#,
            r#"{"te\u0078t":"a"}"#,
            r#"{"text":"a"} x"#,
        ];
        left.iter().for_each(|text| assert!(fields(text, &names).is_none(), "{text}"));
    }
}
