//! The text of one JSON object in, its [`Fields`] out.
//!
//! A general JSON tree costs an allocation a string. Here a visitor walks the object once, keeps only the fields that an
//! article can use, borrows every string that holds no escape, and skips everything else unread.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use serde_json::value::RawValue;

use super::error::Fault;
use super::fields::{FieldNames, Fields, LongText, Name, Value, words};
use super::plain_json;

/// Reads one object. Anything else is a [`Fault`].
pub(super) fn fields<'a>(text: &'a str, names: &FieldNames) -> Result<Fields<'a>, Fault> {
    plain_json::fields(text, names).map_or_else(|| parsed(text, names), Ok)
}

/// Reads one object, plain or not.
pub(super) fn parsed<'a>(text: &'a str, names: &FieldNames) -> Result<Fields<'a>, Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = ObjectSeed { names }.deserialize(&mut deserializer);
    let read = read.and_then(|fields| deserializer.end().map(|()| fields));
    read.map_err(|error| not_an_object(text).unwrap_or_else(|| broken(&error)))
}

/// The names of the fields of one object, those of nested objects as `a.b`; empty where it is no object.
pub(super) fn names_in(text: &str) -> Vec<String> {
    let Ok(object) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    for (name, value) in &object {
        names.push(name.clone());
        if let serde_json::Value::Object(nested) = value {
            names.extend(nested.keys().map(|inner| format!("{name}.{inner}")));
        }
    }
    names
}

/// The same JSON with U+FFFD for each half of a pair of UTF-16 that stands alone, which is no character; `None` where there is none.
/// Cutting a headline after so many units leaves half an emoji, and Python writes it out.
pub(super) fn mended(text: &str) -> Option<String> {
    const ESCAPE_BYTES: usize = 6;
    let unit = |at: usize| {
        let digits = text.get(at..at + ESCAPE_BYTES)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut mended, mut at) = (None::<String>, 0);
    while let Some(found) = memchr::memchr(b'\\', &text.as_bytes()[at..]) {
        let escape = at + found;
        at = match unit(escape) {
            Some(0xD800..=0xDBFF) if matches!(unit(escape + ESCAPE_BYTES), Some(0xDC00..=0xDFFF)) => {
                escape + 2 * ESCAPE_BYTES
            }
            Some(0xD800..=0xDFFF) => {
                mended.get_or_insert_with(|| text.to_owned()).replace_range(escape..escape + ESCAPE_BYTES, "\\ufffd");
                escape + ESCAPE_BYTES
            }
            // Whatever is escaped, its first byte begins no escape.
            _ => escape + 2,
        };
        if at >= text.len() {
            break;
        }
    }
    mended
}

/// The longest text of an object under a name that is not known, with that of the field it stands in as `a.b`. Lists of texts, such as
/// paragraphs, are taken together.
pub(super) fn other_text(text: &str, names: &FieldNames) -> Option<LongText> {
    let search = |text: &str| {
        let mut longest = None;
        // What is broken behind what was found makes no difference.
        let _ = serde_json::Deserializer::from_str(text).deserialize_map(Each(&mut |key, raw| {
            let key = key.unwrap_or_default();
            if !names.gives_no_text(key) {
                let (inner, words) = words_in(raw.get(), 0);
                let field = inner.map_or_else(|| key.to_owned(), |inner| format!("{key}.{inner}"));
                longest = LongText::longer(longest.take(), &field, words);
            }
        }));
        longest
    };
    search(text).or_else(|| search(&mended(text)?))
}

/// How many words a value has, and which of its fields has them where it is an object.
fn words_in(raw: &str, depth: usize) -> (Option<String>, usize) {
    /// Deeper there is no text of an article, and recursion must end.
    const DEEPEST: usize = 8;
    let (mut all, mut longest) = (0, None);
    match raw.as_bytes().first() {
        Some(b'"') => {
            return (None, serde_json::from_str::<String>(raw).map_or_else(|_| words(raw), |text| words(&text)));
        }
        Some(b'[' | b'{') if depth < DEEPEST => {}
        _ => return (None, 0),
    }
    // What is broken was found by whoever read the record.
    let _ = serde_json::Deserializer::from_str(raw).deserialize_any(Each(&mut |key, raw| {
        let (inner, words) = words_in(raw.get(), depth + 1);
        match key {
            None => all += words,
            Some(key) if words > all => {
                longest = Some(inner.map_or_else(|| key.to_owned(), |inner| format!("{key}.{inner}")));
                all = words;
            }
            Some(_) => {}
        }
    }));
    (longest, all)
}

/// Calls a function on each element of an array, or on each field of an object with its name.
struct Each<'f>(&'f mut dyn FnMut(Option<&str>, &RawValue));

impl<'a> Visitor<'a> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(raw) = array.next_element::<&RawValue>()? {
            (self.0)(None, raw);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((key, raw)) = map.next_entry::<Cow<'a, str>, &RawValue>()? {
            (self.0)(Some(&key), raw);
        }
        Ok(())
    }
}

/// A whole value that is no object, by its first byte.
fn not_an_object(text: &str) -> Option<Fault> {
    let found = match text.trim_ascii_start().as_bytes().first()? {
        b'"' => "a string",
        b'[' => "an array",
        b'-' | b'0'..=b'9' => "a number",
        b't' | b'f' | b'n' => "true, false or null",
        _ => return None,
    };
    serde_json::from_str::<IgnoredAny>(text).ok().map(|_| Fault::NotAnObject { found })
}

fn broken(error: &serde_json::Error) -> Fault {
    let problem = json_problem(error);
    Fault::BrokenJson { line_in_record: error.line() as u64, column: error.column() as u64, problem }
}

/// What the parser missed, without where.
pub(crate) fn json_problem(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let problem = message.rsplit_once(" at line ").map_or(message.as_str(), |(problem, _)| problem);
    match problem.strip_prefix("EOF while parsing ") {
        Some(inside) => format!("the record ends inside {inside}"),
        None => match problem.strip_prefix("invalid type: ") {
            Some(found) => format!("found {found}"),
            None => in_our_words(problem).to_owned(),
        },
    }
}

/// Of what the parser says, that which speaks of its grammar or of Rust.
fn in_our_words(problem: &str) -> &str {
    match problem {
        "expected value" | "expected ident" => "expected a value",
        "key must be a string" => "expected a name in quotes",
        "trailing characters" => "more follows after the end of the record",
        "trailing comma" => "a comma with nothing after it",
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "a line end or control character inside quotes; write it as \\n or such"
        }
        other => other,
    }
}

struct ObjectSeed<'n> {
    names: &'n FieldNames,
}

impl<'a> DeserializeSeed<'a> for ObjectSeed<'_> {
    type Value = Fields<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Fields<'a>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for ObjectSeed<'_> {
    type Value = Fields<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Fields<'a>, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key_seed(KeySeed { names: self.names })? {
            match name {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(name) if name.nested.is_empty() && name.gives_id() => {
                    let value = id(map.next_value()?)?;
                    fields.put(self.names, name, value);
                }
                Some(name) if name.nested.is_empty() => {
                    let value = map.next_value_seed(ValueSeed)?;
                    fields.put(self.names, name, value);
                }
                Some(name) => nested(&mut fields, self.names, name, &map.next_value()?),
            }
        }
        Ok(fields)
    }
}

/// A value that may be an id: a number stays as it is written, `1.0` and all digits of one however long.
fn id<'a, E: serde::de::Error>(raw: &'a RawValue) -> Result<Value<'a>, E> {
    let value = ValueSeed.deserialize(&mut serde_json::Deserializer::from_str(raw.get())).map_err(E::custom)?;
    match value {
        Value::Number(_) => Ok(Value::Digits(raw.get())),
        value => Ok(value),
    }
}

/// A field of which the settings name a part: rare, so by way of a tree.
fn nested(fields: &mut Fields<'_>, names: &FieldNames, name: &Name, tree: &serde_json::Value) {
    fn owned(tree: &serde_json::Value) -> Value<'static> {
        let text = tree.to_string();
        let read = ValueSeed.deserialize(&mut serde_json::Deserializer::from_str(&text));
        match read {
            Ok(Value::Text(text)) => Value::Text(Cow::Owned(text.into_owned())),
            Ok(Value::Integer(number)) => Value::Integer(number),
            Ok(Value::Large(number)) => Value::Large(number),
            Ok(Value::Number(number)) => Value::Number(number),
            Ok(Value::Unusable(kind)) => Value::Unusable(kind),
            // Only an id is read so, and this reads none.
            Ok(Value::Null | Value::Digits(_)) | Err(_) => Value::Null,
        }
    }
    fields.put(names, name, owned(tree));
    for (role, path) in &name.nested {
        let found = path.iter().try_fold(tree, |tree, part| {
            let object = tree.as_object()?;
            object.iter().find(|(key, _)| key.eq_ignore_ascii_case(part)).map(|(_, value)| value)
        });
        if let Some(found) = found {
            fields.put_role(names, *role, 0, owned(found));
        }
    }
}

struct KeySeed<'n> {
    names: &'n FieldNames,
}

impl<'a, 'n> DeserializeSeed<'a> for KeySeed<'n> {
    type Value = Option<&'n Name>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'n> Visitor<'_> for KeySeed<'n> {
    type Value = Option<&'n Name>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.names.find(key))
    }
}

/// Any value. Of an object the value under `name` (NewsAPI's source), `$oid`, `$date` or `$numberLong` (MongoDB).
struct ValueSeed;

/// The keys whose value stands for the object that holds it.
const STAND_INS: [&str; 4] = ["name", "$oid", "$date", "$numberLong"];

impl<'a> DeserializeSeed<'a> for ValueSeed {
    type Value = Value<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Value<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for ValueSeed {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'a>, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'a>, E> {
        Ok(i64::try_from(number).map_or(Value::Large(number), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value<'a>, E> {
        Ok(Value::Number(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'a>, E> {
        Ok(Value::Unusable("true or false"))
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut array: A) -> Result<Value<'a>, A::Error> {
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Unusable("an array"))
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Value<'a>, A::Error> {
        let mut found = Value::Unusable("an object");
        while let Some(key) = map.next_key::<Cow<'a, str>>()? {
            if STAND_INS.contains(&key.as_ref()) {
                found = map.next_value_seed(ValueSeed)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;
    use crate::settings::ReadSettings;

    fn read<'a>(settings: &ReadSettings, text: &'a str) -> Result<Article<'a>, Fault> {
        let names = FieldNames::new(settings);
        Ok(fields(text, &names)?.into_article(&names, || "here:1".into(), || other_text(text, &names))?.0)
    }

    fn usual(text: &str) -> Result<Article<'_>, Fault> {
        read(&ReadSettings::default(), text)
    }

    #[test]
    fn strings_without_escapes_are_borrowed() {
        let article = usual(r#"{"id":"a","text":"Tổng thống","title":"a\nb"}"#).unwrap();
        assert!(matches!(article.text, Cow::Borrowed("Tổng thống")));
        assert!(matches!(article.title, Some(Cow::Owned(ref title)) if title == "a\nb"));
    }

    #[test]
    fn escaped_keys_nested_values_and_duplicates_do_not_confuse() {
        let article =
            usual(r#"{"x":{"text":"no","a":[{}]},"te\u0078t":"yes","y":[1,[2,{"text":"no"}]],"id":12}"#).unwrap();
        assert_eq!((article.text.as_ref(), article.id.as_ref()), ("yes", "12"));
    }

    #[test]
    fn objects_of_newsapi_and_mongodb_give_their_value() {
        let article = usual(
            r#"{"_id":{"$oid":"61b0"},"source":{"id":null,"name":"Reuters"},"date":{"$date":"2021-12-08T00:00:00Z"},"content":"t"}"#,
        )
        .unwrap();
        assert_eq!((article.id.as_ref(), article.source.as_deref()), ("61b0", Some("Reuters")));
        let long = usual(r#"{"text":"t","date":{"$date":{"$numberLong":"1638921600000"}}}"#).unwrap();
        assert_eq!(long.published, article.published);
        assert!(article.published.is_some());
    }

    /// Such records were judged by their headline, and copies passed.
    #[test]
    fn a_long_text_under_an_unknown_name_is_found_wherever_it_stands() {
        let long = "một hai ba bốn năm ".repeat(6);
        for (record, field) in [
            (format!(r#"{{"title":"t","story":"{long}"}}"#), "story"),
            (format!(r#"{{"title":"t","text":" ","x":{{"y":[1,null,true,2.5],"Body":"{long}"}}}}"#), "x.Body"),
            (format!(r#"{{"title":"t","paragraphs":["{long}","{long}"],"story":"{long}"}}"#), "paragraphs"),
            (format!(r#"{{"st\u006fry":"{long}","text":null}}"#), "story"),
            (format!(r#"{{"title":"t","x":[1e999,{{"y":-1}}],"story":"{long} \ud83d"}}"#), "story"),
            (format!(r#"{{"title":"t","x":{}{},"story":"{long}"}}"#, "[".repeat(900), "]".repeat(900)), "story"),
            (format!(r#"{{"title":"feed","items":[{{"text":"{long}"}}]}}"#), "items"),
        ] {
            let Err(Fault::TextElsewhere { field: found, .. }) = usual(&record) else { panic!("{record}") };
            assert_eq!(found, field);
        }
        for record in [
            format!(r#"{{"title":"t","url":"https://x.vn/{}","tags":["a","b"]}}"#, "a-b".repeat(90)),
            format!(r#"{{"title":"t","lead":"{long}"}}"#),
            format!(r#"{{"text":"own","story":"{long}"}}"#),
            r#"{"title":"t","caption":"a few words under a picture"}"#.to_owned(),
        ] {
            assert!(usual(&record).is_ok(), "{record}");
        }
        let named = ReadSettings { text_field: Some("title".into()), ..ReadSettings::default() };
        assert_eq!(read(&named, &format!(r#"{{"title":"t","story":"{long}"}}"#)).unwrap().text, "t");
    }

    #[test]
    fn a_text_that_is_an_object_is_a_fault_even_with_a_name_in_it() {
        let fault = usual(r#"{"text":{"de":"x"}}"#).unwrap_err();
        assert_eq!(fault, Fault::TextIsNot { field: "text".into(), found: "an object" });
    }

    #[test]
    fn a_dotted_name_reaches_into_objects_or_is_a_key_itself() {
        let settings = ReadSettings {
            text_field: Some("article.body".into()),
            title_field: Some("article.head.main".into()),
            ..ReadSettings::default()
        };
        let article = read(&settings, r#"{"article":{"Body":"t","head":{"main":"h"}},"text":"no"}"#).unwrap();
        assert_eq!((article.text.as_ref(), article.title.as_deref()), ("t", Some("h")));
        assert_eq!(read(&settings, r#"{"article.body":"flat"}"#).unwrap().text, "flat");
        assert!(read(&settings, r#"{"article":"t"}"#).is_err());
    }

    #[test]
    fn faults_say_what_was_found_or_missed_and_where() {
        let told = |text: &str| usual(text).unwrap_err().to_string();
        assert_eq!(told("[1]"), "found an array, expected a JSON object");
        assert_eq!(told("17"), "found a number, expected a JSON object");
        assert_eq!(told("null"), "found true, false or null, expected a JSON object");
        assert_eq!(told(r#"{"text" "a"}"#), "broken JSON at column 9: expected `:`");
        assert_eq!(told(r#"{"text":"a"#), "broken JSON at column 10: the record ends inside a string");
        assert_eq!(told("{\n\"text\":,}"), "broken JSON at column 8 of the record's line 2: expected a value");
        assert_eq!(told("abc"), "broken JSON at column 1: expected a value");
        assert_eq!(told("24 articles"), "broken JSON at column 2: found integer `24`, expected a JSON object");
        assert_eq!(told("not JSON"), "broken JSON at column 2: expected a value");
        assert_eq!(told("{text:1}"), "broken JSON at column 2: expected a name in quotes");
        assert_eq!(told(r#"{"text":"a",}"#), "broken JSON at column 13: a comma with nothing after it");
        assert!(told("{\"text\":\"a\tb\"}").ends_with("inside quotes; write it as \\n or such"));
        assert_eq!(told(r#"{"text":"a"} x"#), "broken JSON at column 14: more follows after the end of the record");
    }

    /// Such a record was broken JSON, and no article.
    #[test]
    fn half_of_a_pair_is_mended_and_a_pair_is_not() {
        for (text, expected) in [
            (r#"{"a":"x\ud83d"}"#, Some(r#"{"a":"x\ufffd"}"#)),
            (
                r#"{"a":"\uDE00\ud83d\ude00\ud83d\ud83d\ude00"}"#,
                Some(r#"{"a":"\ufffd\ud83d\ude00\ufffd\ud83d\ude00"}"#),
            ),
            (r#"{"a":"\\ud83d \ud83d\ude00 \n"}"#, None),
            (r#"\ud8"#, None),
            (r#"ăn\"#, None),
        ] {
            assert_eq!(mended(text).as_deref(), expected, "{text}");
        }
    }

    /// An id of 23 digits was rounded to 17, and two articles had one id.
    #[test]
    fn a_whole_number_keeps_all_digits_as_an_id() {
        for digits in ["12345678901234567890123", "-12345678901234567890123", "18446744073709551615", "7"] {
            let record = format!(r#"{{"id":{digits},"text":"t","title":[1]}}"#);
            assert_eq!(usual(&record).unwrap().id, digits);
        }
        assert_eq!(usual(r#"{"id":1.5e3,"text":"t"}"#).unwrap().id, "1.5e3", "as it is written");
        assert_eq!(usual(r#"{"id":1.0,"text":"t"}"#).unwrap().id, "1.0");
        let fault = usual(r#"{"text":12345678901234567890123}"#).unwrap_err();
        assert_eq!(fault, Fault::TextIsNot { field: "text".into(), found: "a number" });
    }

    #[test]
    fn deep_nesting_overflows_no_stack() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(usual(&format!(r#"{{"text":"t","x":{deep},"title":{deep}}}"#)).unwrap().text, "t");
        let names = format!("{}1{}", r#"{"name":"#.repeat(100_000), "}".repeat(100_000));
        let fault = usual(&format!(r#"{{"text":"t","source":{names}}}"#)).unwrap_err();
        assert!(fault.to_string().ends_with("recursion limit exceeded"));
    }
}
