//! Names and values of one record in, [`Article`] out: which field is the text, and what to make of what stands in it.
//!
//! JSON, CSV and Parquet all come through here, so that a field means the same in each. A name is looked up once per key,
//! among those of its length; the values keep borrowing from the block.
//!
//! The names are those of [`crate::settings::field_names`], in their order; an outlet that none gives is the host of `url` or
//! `link`.
//!
//! The first name in that order which has a value wins; a blank string, or a value of a kind that cannot be used, wins only
//! where no other name has better. Upper and lower case make no difference.
//!
//! Where the text is missing or blank, the lead stands for it, else the title: headlines alone are articles, too. A record that
//! has a long text under an unknown name is not judged by its title: that would be to judge something else.

use std::borrow::Cow;

use crate::article::Article;
use crate::days::published::{Read, Reader};
use crate::settings::field_names::{
    ID_NAMES, LABEL_NAMES, LEAD_NAMES, PUBLISHED_NAMES, SOURCE_NAMES, TEXT_NAMES, TITLE_NAMES, each_name,
};
use crate::settings::{ReadSettings, TextFormat, Zone};

use super::discover::InputFile;
use super::error::Fault;
use super::markup;
use super::outlet::{host, outlet};

/// What a field can give. `Link` is no field of an article: its host stands in for a missing source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Id,
    Text,
    Title,
    Lead,
    Source,
    Published,
    Label,
    Link,
}

const ROLES: usize = 8;

/// The roles, each with the names under which it is looked for where the settings name none.
const USUAL: [(Role, &str); ROLES] = [
    (Role::Id, ID_NAMES),
    (Role::Text, TEXT_NAMES),
    (Role::Title, TITLE_NAMES),
    (Role::Lead, LEAD_NAMES),
    (Role::Source, SOURCE_NAMES),
    (Role::Published, PUBLISHED_NAMES),
    (Role::Label, LABEL_NAMES),
    (Role::Link, "url, link"),
];

/// Longer names are compared one by one; shorter ones only with names of their length.
const LONGEST_INDEXED: usize = 24;

/// The names to look for, made once from the settings.
pub(super) struct FieldNames {
    names: Vec<Name>,
    by_length: [Vec<u16>; LONGEST_INDEXED + 1],
    named: u8,
    times: Reader,
    /// What text, title and lead are written in.
    pub(super) text_format: TextFormat,
}

/// The names to look for in each input.
pub(super) struct NamesOfInputs {
    given: FieldNames,
    usual: FieldNames,
}

impl NamesOfInputs {
    /// `zone`: the clock of times without an offset, where it is known already.
    pub(super) fn new(settings: &ReadSettings, zone: Option<&Zone>) -> NamesOfInputs {
        // What is stored was read before: its markup is gone.
        let usual = ReadSettings { text_format: TextFormat::Plain, ..ReadSettings::default() };
        let of =
            |settings: &ReadSettings| FieldNames { times: Reader::new(settings, zone), ..FieldNames::new(settings) };
        NamesOfInputs { given: of(settings), usual: of(&usual) }
    }

    pub(super) fn of(&self, file: &InputFile) -> &FieldNames {
        if file.is_stored() { &self.usual } else { &self.given }
    }
}

/// One name to look for, and what it gives.
pub(super) struct Name {
    pub(super) text: String,
    /// Its place among all names.
    index: usize,
    /// Each role that it gives, and its place in that role's order.
    uses: Vec<(Role, u8)>,
    /// Where the settings name a nested field `a.b`: this is `a`, and these are the roles with the rest of each path.
    pub(super) nested: Vec<(Role, Vec<String>)>,
}

impl Name {
    /// Whether a role is given by this name, or by a part of what stands under it.
    fn gives(&self, role: Role) -> bool {
        self.uses.iter().any(|used| used.0 == role) || self.nested.iter().any(|nested| nested.0 == role)
    }

    pub(super) fn gives_id(&self) -> bool {
        self.gives(Role::Id)
    }

    /// Whether an article is another one where another value under this name is taken: with other words, or another id.
    pub(super) fn decides(&self) -> bool {
        self.gives(Role::Text) || self.gives(Role::Id)
    }
}

/// Whether two names are the same but for upper and lower case.
fn same_name(a: &str, b: &str) -> bool {
    if let ([first, ..], [other, ..]) = (a.as_bytes(), b.as_bytes())
        && first.is_ascii()
        && other.is_ascii()
        && !first.eq_ignore_ascii_case(other)
    {
        // As most names that are compared.
        return false;
    }
    let folded = |name: &str| name.chars().flat_map(char::to_lowercase).collect::<String>();
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && !b.is_ascii() && folded(a) == folded(b))
}

/// An option that names a field, with the role it names it for and the name.
pub(super) struct NamedField<'s> {
    pub(super) option: &'static str,
    pub(super) field: &'s str,
    role: Role,
}

/// Every field that the settings name.
pub(super) fn named_fields(settings: &ReadSettings) -> Vec<NamedField<'_>> {
    [
        ("--id-field", Role::Id, &settings.id_field),
        ("--text-field", Role::Text, &settings.text_field),
        ("--title-field", Role::Title, &settings.title_field),
        ("--lead-field", Role::Lead, &settings.lead_field),
        ("--source-field", Role::Source, &settings.source_field),
        ("--published-field", Role::Published, &settings.published_field),
        ("--label-field", Role::Label, &settings.label_field),
    ]
    .into_iter()
    .filter_map(|(option, role, field)| field.as_deref().map(|field| NamedField { option, field, role }))
    .collect()
}

impl NamedField<'_> {
    /// Whether a record had the field, by the `named_seen` of all records put together.
    pub(super) fn was_seen(&self, named_seen: u8) -> bool {
        named_seen & bit(self.role) != 0
    }
}

fn bit(role: Role) -> u8 {
    1 << role as u8
}

impl FieldNames {
    pub(super) fn new(settings: &ReadSettings) -> Self {
        let (names, by_length) = Default::default();
        let times = Reader::new(settings, None);
        let mut names = FieldNames { names, by_length, named: 0, times, text_format: settings.text_format };
        let named = named_fields(settings);
        for (role, usual) in USUAL {
            let given = named.iter().find(|named| named.role == role);
            match given {
                Some(given) => names.add_named(role, given.field),
                None if role == Role::Link && names.named & bit(Role::Source) != 0 => {}
                None => each_name(usual).zip(0..).for_each(|(name, rank)| names.entry(name).uses.push((role, rank))),
            }
        }
        names
    }

    fn add_named(&mut self, role: Role, field: &str) {
        self.named |= bit(role);
        self.entry(field).uses.push((role, 0));
        if let Some((first, rest)) = field.split_once('.') {
            let rest = rest.split('.').map(str::to_owned).collect();
            self.entry(first).nested.push((role, rest));
        }
    }

    fn entry(&mut self, text: &str) -> &mut Name {
        let index = self.find(text).map_or(self.names.len(), |name| name.index);
        if index == self.names.len() {
            self.names.push(Name { text: text.to_owned(), index, uses: Vec::new(), nested: Vec::new() });
            self.by_length[text.len().min(LONGEST_INDEXED)].push(index as u16);
        }
        &mut self.names[index]
    }

    /// The name that `key` is, if it is one to look for.
    pub(super) fn find(&self, key: &str) -> Option<&Name> {
        let alike = &self.by_length[key.len().min(LONGEST_INDEXED)];
        alike.iter().map(|&index| &self.names[usize::from(index)]).find(|name| same_name(&name.text, key))
    }

    /// Whether `key` is a name to look for that gives the text.
    #[cfg(feature = "parquet")]
    pub(super) fn gives_text(&self, key: &str) -> bool {
        self.find(key).is_some_and(|name| name.gives(Role::Text))
    }

    /// Whether `key` is a name to look for that gives something other than the text.
    pub(super) fn gives_no_text(&self, key: &str) -> bool {
        self.find(key).is_some_and(|name| !name.gives(Role::Text))
    }

    /// The names that give `role`, in their order.
    fn tried(&self, role: Role) -> Vec<String> {
        let mut found: Vec<(u8, &str)> = Vec::new();
        for name in &self.names {
            found.extend(name.uses.iter().filter(|used| used.0 == role).map(|used| (used.1, name.text.as_str())));
        }
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name.to_owned()).collect()
    }
}

/// A value as far as an article can use it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Value<'a> {
    /// Null, or nothing.
    #[default]
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    /// A number that is no `i64`.
    Number(f64),
    /// A number above `i64`, which only ids are.
    Large(u64),
    /// A number as it is written that is no `u64`, which only ids are.
    Digits(&'a str),
    /// A kind that no field can use, as messages name it: `an array`.
    Unusable(&'static str),
}

impl Value<'_> {
    /// What messages call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Text(_) => "a string",
            Value::Integer(_) | Value::Number(_) | Value::Large(_) | Value::Digits(_) => "a number",
            Value::Unusable(kind) => kind,
        }
    }
}

/// Worse than any place in an order: the value is blank, or of a kind that cannot be used.
const BLANK: u8 = 64;
const UNUSABLE: u8 = 128;
const NOTHING: u8 = u8::MAX;

/// The values of one record, the best of each role.
pub(super) struct Fields<'a> {
    slots: [(u8, Value<'a>); ROLES],
    /// The roles whose named field this record has, whatever its value.
    pub(super) named_seen: u8,
    /// The names that this record has, and those that it has more than once; a bit for each by its [`Name::index`].
    met: u128,
    repeated: u128,
    /// How many lines that look like rows stand inside a quoted field of a row.
    pub(super) rows_inside: usize,
}

/// A text under a name that is not known, in a record that has none under a known one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LongText {
    pub(super) field: String,
    pub(super) words: usize,
}

impl LongText {
    /// A caption or a row of keywords has fewer words, an article more.
    pub(super) const FEWEST_WORDS: usize = 25;

    /// The longer of two.
    pub(super) fn longer(a: Option<LongText>, field: &str, words: usize) -> Option<LongText> {
        let is_longer = words >= LongText::FEWEST_WORDS && a.as_ref().is_none_or(|a| words > a.words);
        if is_longer { Some(LongText { field: field.to_owned(), words }) } else { a }
    }
}

/// How many words a text has, about: where a script puts no spaces between them, one for every three letters.
pub(super) fn words(text: &str) -> usize {
    // Thai to Khmer, and Kana to the end of Chinese.
    let is_unspaced = |letter: &char| matches!(letter, '\u{E00}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}');
    text.split_whitespace().count() + text.chars().filter(is_unspaced).count() / 3
}

impl Default for Fields<'_> {
    fn default() -> Self {
        Fields {
            slots: std::array::from_fn(|_| (NOTHING, Value::Null)),
            named_seen: 0,
            met: 0,
            repeated: 0,
            rows_inside: 0,
        }
    }
}

impl<'a> Fields<'a> {
    /// Takes the value that stands under `name`.
    pub(super) fn put(&mut self, names: &FieldNames, name: &Name, value: Value<'a>) {
        let bit = 1u128.checked_shl(name.index as u32).unwrap_or(0);
        self.repeated |= self.met & bit;
        self.met |= bit;
        for (place, &(role, rank)) in (1..).zip(&name.uses) {
            let last = place == name.uses.len();
            if last {
                return self.put_role(names, role, rank, value);
            }
            self.put_role(names, role, rank, value.clone());
        }
    }

    /// Takes a value for one role, `rank` places down its order (0 is first).
    pub(super) fn put_role(&mut self, names: &FieldNames, role: Role, rank: u8, value: Value<'a>) {
        self.named_seen |= names.named & bit(role);
        let usable_as_text =
            !matches!(value, Value::Integer(_) | Value::Number(_) | Value::Large(_) | Value::Digits(_));
        let rank = match &value {
            Value::Null => return,
            Value::Unusable(_) => rank + UNUSABLE,
            _ if role == Role::Text && !usable_as_text => rank + UNUSABLE,
            Value::Text(text) if text.trim_ascii().is_empty() => rank + BLANK,
            _ => rank,
        };
        let slot = &mut self.slots[role as usize];
        // Of two times one that can be read counts, whatever its name; a day and a time of day make one.
        let (rank, value) = match (role, slot.0) {
            (Role::Published, other) if other < BLANK && rank < BLANK => {
                let read = |value: &Value<'_>| time(&names.times, value);
                match (read(&slot.1), read(&value)) {
                    (Some(day), None) => match on_day(&names.times, day, &value) {
                        Some(joined) => (other, joined),
                        None => return,
                    },
                    (None, Some(day)) => (0, on_day(&names.times, day, &slot.1).unwrap_or(value)),
                    _ => (rank, value),
                }
            }
            _ => (rank, value),
        };
        if rank <= slot.0 {
            *slot = (rank, value);
        }
    }

    /// How long the text is, where there is one.
    #[cfg(feature = "arrow")]
    pub(super) fn text_bytes(&self) -> usize {
        match &self.slots[Role::Text as usize].1 {
            Value::Text(text) => text.len(),
            _ => 0,
        }
    }

    fn take(&mut self, role: Role) -> Value<'a> {
        std::mem::take(&mut self.slots[role as usize].1)
    }

    /// The first name that this record has more than once and that is one of those asked for.
    fn repeated<'n>(&self, names: &'n FieldNames, asked: impl Fn(&Name) -> bool) -> Option<&'n Name> {
        let is_repeated = |name: &&Name| self.repeated.checked_shr(name.index as u32).unwrap_or(0) & 1 == 1;
        if self.repeated == 0 { None } else { names.names.iter().filter(is_repeated).find(|name| asked(name)) }
    }

    /// Makes the article. Where it has no id, `id` gives one; where it has no text, `other` says whether there is one under an
    /// unknown name.
    pub(super) fn into_article(
        mut self,
        names: &FieldNames,
        id: impl FnOnce() -> String,
        other: impl FnOnce() -> Option<LongText>,
    ) -> Result<(Article<'a>, Notes), Fault> {
        if let Some(name) = self.repeated(names, Name::decides) {
            return Err(Fault::RepeatedField { field: name.text.clone() });
        }
        let mut text = self.text(names)?;
        let mut notes = Notes { rows_inside: self.rows_inside, ..Notes::default() };
        let title = self.string(Role::Title, "title", &mut notes);
        let lead = self.string(Role::Lead, "lead", &mut notes);
        notes.repeated = self.repeated(names, |_| true).map(|name| name.text.clone());
        let (time, undated) = published(&names.times, self.take(Role::Published));
        (notes.time, notes.undated) = (time, undated);
        let published = time.map(|time| time.published);
        let own_id = self.string(Role::Id, "id", &mut notes).map(trimmed);
        notes.unnamed = own_id.is_none();
        let mut plain = |text: Option<Cow<'a, str>>| {
            let (text, marked) = markup::plain(text?, names.text_format);
            notes.markup |= marked;
            Some(text)
        };
        let [own, title, lead] = [text, title, lead].map(&mut plain);
        text = own;
        let has_no_text = text.as_ref().is_none_or(|text| text.trim().is_empty());
        if has_no_text && let Some(LongText { field, words }) = other() {
            return Err(Fault::TextElsewhere { field, words });
        }
        if has_no_text
            && let Some((which, words)) = (lead.as_ref().map(|lead| (StandIn::Lead, lead)))
                .or(title.as_ref().map(|title| (StandIn::Title, title)))
        {
            (text, notes.stands_for_text) = (Some(words.clone()), Some(which));
        }
        let text = text.ok_or_else(|| Fault::NoText { tried: names.tried(Role::Text) })?;
        let label = self.string(Role::Label, "label", &mut notes).map(trimmed);
        let source = self.string(Role::Source, "source", &mut notes).map(|source| outlet(trimmed(source)));
        let source = source.or_else(|| self.string(Role::Link, "url", &mut notes).and_then(host));
        let id = own_id.unwrap_or_else(|| Cow::Owned(id()));
        let id_is_place = notes.unnamed;
        Ok((Article { id, id_is_place, id_is_name: false, source, published, title, lead, text, label }, notes))
    }

    /// The text; `None` where no field has one.
    fn text(&mut self, names: &FieldNames) -> Result<Option<Cow<'a, str>>, Fault> {
        let (rank, value) = std::mem::replace(&mut self.slots[Role::Text as usize], (NOTHING, Value::Null));
        match value {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            other => {
                let mut tried = names.tried(Role::Text);
                let field = tried.swap_remove(usize::from(rank - UNUSABLE));
                Err(Fault::TextIsNot { field, found: other.kind() })
            }
        }
    }

    fn string(&mut self, role: Role, field: &'static str, notes: &mut Notes) -> Option<Cow<'a, str>> {
        match self.take(role) {
            Value::Null => None,
            Value::Text(text) => Some(text).filter(|text| !text.trim_ascii().is_empty()),
            Value::Integer(number) => Some(Cow::Owned(number.to_string())),
            Value::Large(number) => Some(Cow::Owned(number.to_string())),
            Value::Digits(digits) => Some(Cow::Borrowed(digits)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            Value::Unusable(found) => {
                notes.unread.get_or_insert((field, found));
                None
            }
        }
    }
}

/// What stands for the text of an article that has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StandIn {
    Lead,
    Title,
}

/// What an article is missing although the record had something there.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Notes {
    /// The time of publication that was read.
    pub(super) time: Option<Read>,
    /// The date that could not be read.
    pub(super) undated: Option<String>,
    /// It has no id of its own.
    pub(super) unnamed: bool,
    /// It has no text of its own: this stands for it.
    pub(super) stands_for_text: Option<StandIn>,
    /// The first field that is of a kind that cannot be used, and that kind.
    pub(super) unread: Option<(&'static str, &'static str)>,
    /// A name that it has more than once.
    pub(super) repeated: Option<String>,
    /// How many lines that look like rows stand inside a quoted field of its row.
    pub(super) rows_inside: usize,
    /// Markup was taken out of its text, title or lead.
    pub(super) markup: bool,
}

/// The time of publication that a value is.
fn time(times: &Reader, value: &Value<'_>) -> Option<Read> {
    match value {
        Value::Text(text) => times.text(text),
        Value::Integer(number) => times.number(*number),
        // Saturates, and what saturates is out of range for a date.
        Value::Number(number) => times.number(number.floor() as i64),
        Value::Null | Value::Large(_) | Value::Digits(_) | Value::Unusable(_) => None,
    }
}

/// A day alone and the time of day that another field has: `2021-12-08` and `06:10`. A bare number is no such time.
fn on_day(times: &Reader, day: Read, value: &Value<'_>) -> Option<Value<'static>> {
    let Value::Text(text) = value else { return None };
    let joined = format!("{} {text}", day.published);
    let is_time = day.published.is_day && !text.trim().bytes().all(|byte| byte.is_ascii_digit());
    let is_one = is_time && times.text(&joined).is_some_and(|read| !read.published.is_day);
    is_one.then_some(Value::Text(Cow::Owned(joined)))
}

/// The time of publication, or what stands there in its place.
fn published(times: &Reader, value: Value<'_>) -> (Option<Read>, Option<String>) {
    const SHOWN_CHARACTERS: usize = 40;
    let found = || match &value {
        Value::Null => None,
        Value::Text(text) if text.trim().is_empty() => None,
        Value::Text(text) => Some(text.chars().take(SHOWN_CHARACTERS).collect()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Large(number) => Some(number.to_string()),
        Value::Digits(digits) => Some(digits.chars().take(SHOWN_CHARACTERS).collect()),
        Value::Unusable(kind) => Some((*kind).to_owned()),
    };
    match time(times, &value) {
        Some(time) => (Some(time), None),
        None => (None, found()),
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(
        settings: &ReadSettings,
        fields: &[(&'static str, Value<'static>)],
    ) -> Result<(Article<'static>, Notes), Fault> {
        let names = FieldNames::new(settings);
        let mut record = Fields::default();
        for (key, value) in fields {
            if let Some(name) = names.find(key) {
                record.put(&names, name, value.clone());
            }
        }
        record.into_article(&names, || "here:1".into(), || None)
    }

    fn text(value: &'static str) -> Value<'static> {
        Value::Text(value.into())
    }

    fn usual(fields: &[(&'static str, Value<'static>)]) -> Article<'static> {
        article(&ReadSettings::default(), fields).unwrap().0
    }

    #[test]
    fn every_usual_name_is_found_in_any_case_and_the_first_in_order_wins() {
        for (role, names) in USUAL {
            if matches!(role, Role::Text | Role::Link) {
                continue;
            }
            let names: Vec<&'static str> = each_name(names).collect();
            for later in 0..names.len() {
                let value = if role == Role::Published { "2021-12-08" } else { "value" };
                let mut fields = vec![("TEXT", text("t")), (names[later], text(value))];
                fields.extend(names[later + 1..].iter().map(|&name| (name, text("2000-01-01"))));
                let article = usual(&fields);
                let found = match role {
                    Role::Id => Some(article.id.to_string()),
                    Role::Text | Role::Link => unreachable!("passed over"),
                    Role::Title => article.title.map(String::from),
                    Role::Lead => article.lead.map(String::from),
                    Role::Source => article.source.map(String::from),
                    Role::Published => article.published.map(|published| published.to_string()[..10].to_owned()),
                    Role::Label => article.label.map(String::from),
                };
                assert_eq!(found.as_deref(), Some(value), "{}", names[later]);
            }
        }
        for name in
            ["text", "Content", "BODY", "article", "maintext", "articlebody", "ArticleBody", "NOI_DUNG", "NỘI DUNG"]
        {
            assert_eq!(usual(&[(name, text("t"))]).text, "t");
        }
        assert_eq!(usual(&[("content", text("later")), ("text", text("first"))]).text, "first");
    }

    #[test]
    fn a_blank_text_counts_only_where_no_other_has_words() {
        assert_eq!(usual(&[("text", text(" ")), ("content", text("words"))]).text, "words");
        assert_eq!(usual(&[("content", text("words")), ("text", text(" "))]).text, "words");
        assert_eq!(usual(&[("text", text("")), ("content", Value::Null)]).text, "");
    }

    #[test]
    fn no_text_and_a_text_that_is_none_are_faults() {
        let settings = ReadSettings::default();
        let fault = article(&settings, &[("text", Value::Null)]).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "no text field (tried text, content, body, article, maintext and 20 more), nor a lead or title; name it with --text-field"
        );
        let fault = article(&settings, &[("body", Value::Integer(5))]).unwrap_err();
        assert_eq!(fault, Fault::TextIsNot { field: "body".into(), found: "a number" });
    }

    #[test]
    fn the_lead_else_the_title_stands_for_a_text_that_is_missing_or_blank() {
        let read = |fields: &[(&'static str, Value<'static>)]| {
            let (article, notes) = article(&ReadSettings::default(), fields).unwrap();
            let field = |field: Option<Cow<'_, str>>| field.map(String::from);
            (article.text.into_owned(), field(article.title), field(article.lead), notes.stands_for_text)
        };
        let (title, lead) = (("title", text("headline")), ("sapo", text("standfirst")));
        let none = || None::<String>;
        let some = |word: &str| Some(word.to_owned());
        for blank in [Value::Null, text(""), text(" \n\u{a0}")] {
            let found = read(&[("text", blank.clone()), title.clone()]);
            assert_eq!(found, ("headline".into(), some("headline"), none(), Some(StandIn::Title)));
            let found = read(&[("text", blank.clone()), title.clone(), lead.clone()]);
            assert_eq!(found, ("standfirst".into(), some("headline"), some("standfirst"), Some(StandIn::Lead)));
            let found = read(&[("text", blank), ("title", text(" ")), lead.clone()]);
            assert_eq!(found, ("standfirst".into(), none(), some("standfirst"), Some(StandIn::Lead)));
        }
        assert_eq!(read(&[("text", text("own")), title, lead]).3, None);
    }

    #[test]
    fn a_day_and_a_time_of_day_in_two_fields_are_one_time() {
        let read = |date: Value<'static>, time: &'static str| {
            let named = [("text", text("t")), ("date", date), ("time", text(time))];
            let mut swapped = named.clone();
            swapped.swap(1, 2);
            let [one, other] = [named, swapped].map(|fields| usual(&fields).published.unwrap().to_string());
            assert_eq!(one, other);
            one
        };
        assert_eq!(read(text("08/12/2021"), "06:10"), "2021-12-08T06:10:00");
        assert_eq!(read(text("Dec 8, 2021"), "6:10 PM"), "2021-12-08T18:10:00");
        assert_eq!(read(text("2021-12-08"), "06:10:00+07:00"), "2021-12-08T06:10:00+07:00");
        assert_eq!(read(Value::Integer(20_211_208), "6h10"), "2021-12-08T06:10:00");
        for no_time in ["12", "10:05 min read", "2 hours", "soon"] {
            assert_eq!(read(text("2021-12-08"), no_time), "2021-12-08", "{no_time}");
        }
        assert_eq!(read(text("2021-12-08T09:00:00"), "06:10"), "2021-12-08T09:00:00");
    }

    #[test]
    fn of_two_times_one_that_can_be_read_counts() {
        for bad in ["0000-00-00 00:00:00", "1970-01-01", "junk"] {
            for fields in [
                [("text", text("t")), ("published", text(bad)), ("date", text("2021-12-08"))],
                [("text", text("t")), ("date", text("2021-12-08")), ("published", text(bad))],
            ] {
                assert_eq!(
                    usual(&fields).published.map(|time| time.to_string()).as_deref(),
                    Some("2021-12-08"),
                    "{bad}"
                );
            }
        }
    }

    #[test]
    fn a_named_field_is_the_only_one_that_counts() {
        let settings = ReadSettings { text_field: Some("Nội dung".into()), ..ReadSettings::default() };
        assert!(article(&settings, &[("text", text("t"))]).is_err());
        assert_eq!(article(&settings, &[("Nội dung", text("t"))]).unwrap().0.text, "t");
    }

    #[test]
    fn the_host_of_the_url_stands_in_for_a_missing_source() {
        let source = |fields: &[(&'static str, Value<'static>)]| {
            let mut all = vec![("text", text("t"))];
            all.extend_from_slice(fields);
            usual(&all).source.map(String::from)
        };
        let url = || text("https://www.example.vn/a");
        assert_eq!(source(&[("url", url())]).as_deref(), Some("example.vn"));
        assert_eq!(source(&[("link", url())]).as_deref(), Some("example.vn"));
        assert_eq!(source(&[("url", url()), ("source", text(" VnExpress "))]).as_deref(), Some("VnExpress"));
        assert_eq!(source(&[("url", url()), ("source", text(" "))]).as_deref(), Some("example.vn"));
        assert_eq!(source(&[("url", text("no host"))]), None);
    }

    #[test]
    fn numbers_are_ids_and_a_record_without_one_is_named_by_its_place() {
        assert_eq!(usual(&[("text", text("t")), ("id", Value::Integer(-7))]).id, "-7");
        assert_eq!(usual(&[("text", text("t")), ("id", Value::Large(u64::MAX))]).id, u64::MAX.to_string());
        let (article, notes) = article(&ReadSettings::default(), &[("text", text("t")), ("id", text(""))]).unwrap();
        assert_eq!((article.id.as_ref(), notes.unnamed), ("here:1", true));
    }

    /// The last of two texts was read, and a reader that takes the first read another.
    #[test]
    fn of_two_values_under_one_name_none_is_taken_where_they_decide_and_others_are_noted() {
        let settings = ReadSettings::default();
        for fields in [
            [("text", text("one")), ("Text", text("two")), ("id", text("a"))],
            [("text", Value::Null), ("text", text("two")), ("id", text("a"))],
            [("text", text("one")), ("id", text("a")), ("id", text("b"))],
        ] {
            let fault = article(&settings, &fields).unwrap_err();
            assert!(matches!(fault, Fault::RepeatedField { .. }), "{fault}");
        }
        let (_, notes) =
            article(&settings, &[("text", text("t")), ("title", text("a")), ("TITLE", text("b"))]).unwrap();
        assert_eq!(notes.repeated.as_deref(), Some("title"));
        assert_eq!(
            article(&settings, &[("text", text("t")), ("content", text("c"))]).unwrap().1,
            Notes { unnamed: true, ..Notes::default() }
        );
    }

    #[test]
    fn words_are_counted_in_scripts_without_spaces_too() {
        assert_eq!(words(" Tổng thống\u{a0}Mỹ \n"), 3);
        assert_eq!(words(&"新闻稿".repeat(40)), 41);
    }

    #[test]
    fn what_cannot_be_read_is_noted_and_missing() {
        let fields = [("text", text("t")), ("date", text("soon")), ("title", Value::Unusable("an array"))];
        let (article, notes) = article(&ReadSettings::default(), &fields).unwrap();
        assert_eq!((article.published, article.title), (None, None));
        assert_eq!((notes.undated.as_deref(), notes.unread), (Some("soon"), Some(("title", "an array"))));
    }
}
