//! What a check can find, each with a stable code and a page.

use serde::Serialize;

use crate::settings::Choice;

/// What was found of a new article. The code is for good: policies, baselines and other tools hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A file that decides how articles are judged differs from the base: a configuration, an ignore file, a baseline, an index.
    GateChanged,
    /// It could not be read as an article.
    Unreadable,
    /// It has the same words as another, byline, caption and shells aside.
    Identical,
    /// The bulk of it and another is the same wording.
    Copy,
    /// Most of it stands in a longer one.
    Excerpt,
    /// Most of a shorter one stands in it.
    Contains,
    /// It has the frame of another with other numbers, days or names: a bulletin of another day.
    Template,
    /// Another with its id, or a version of its own outlet, is there with other words.
    Revision,
    /// It reports an event that is known already, in other words.
    SameEvent,
}

/// How bad a finding is, as other tools rank it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Fails a check by default.
    Error,
    /// Worth a look.
    Warning,
    /// Said for information.
    Note,
}

impl Choice for Rule {
    const WORDS: &'static [(&'static str, Self, &'static str)] = &[
        (
            "gate-changed",
            Rule::GateChanged,
            "a configuration, ignore file, baseline or index that differs from the trusted base",
        ),
        ("unreadable", Rule::Unreadable, "a record or file that could not be read as an article"),
        ("identical", Rule::Identical, "the same words as another article, byline, caption and boilerplate aside"),
        ("copy", Rule::Copy, "the bulk of it and of another article is the same wording"),
        ("excerpt", Rule::Excerpt, "most of it stands in another, longer article"),
        ("contains", Rule::Contains, "most of another, shorter article stands in it"),
        ("template", Rule::Template, "the frame of another article with other numbers, days or names"),
        ("revision", Rule::Revision, "another text is known under its id, or an earlier version of its own outlet"),
        ("same-event", Rule::SameEvent, "another article reports the same event in other words"),
    ];
}

impl Rule {
    /// All of them, the gravest first.
    pub fn all() -> impl Iterator<Item = Rule> {
        Rule::WORDS.iter().map(|&(_, rule, _)| rule)
    }

    /// Its code.
    pub fn code(self) -> &'static str {
        self.word()
    }

    /// What it says, in one line without a full stop.
    pub fn meaning(self) -> &'static str {
        Rule::WORDS.iter().find(|(_, rule, _)| *rule == self).map_or("", |(.., meaning)| meaning)
    }

    /// Whether it fails a check unless a policy says otherwise.
    pub fn fails_by_default(self) -> bool {
        matches!(self, Rule::GateChanged | Rule::Unreadable | Rule::Identical | Rule::Copy | Rule::Excerpt)
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        match self {
            Rule::GateChanged | Rule::Unreadable | Rule::Identical | Rule::Copy | Rule::Excerpt => Level::Error,
            Rule::Contains | Rule::Revision => Level::Warning,
            Rule::Template | Rule::SameEvent => Level::Note,
        }
    }

    /// Its page: what it means, why it matters, an example, and how to accept it. Markdown, the text of `docs/rules/CODE.md`.
    pub fn page(self) -> &'static str {
        match self {
            Rule::GateChanged => include_str!("../../docs/rules/gate-changed.md"),
            Rule::Unreadable => include_str!("../../docs/rules/unreadable.md"),
            Rule::Identical => include_str!("../../docs/rules/identical.md"),
            Rule::Copy => include_str!("../../docs/rules/copy.md"),
            Rule::Excerpt => include_str!("../../docs/rules/excerpt.md"),
            Rule::Contains => include_str!("../../docs/rules/contains.md"),
            Rule::Template => include_str!("../../docs/rules/template.md"),
            Rule::Revision => include_str!("../../docs/rules/revision.md"),
            Rule::SameEvent => include_str!("../../docs/rules/same-event.md"),
        }
    }
}
