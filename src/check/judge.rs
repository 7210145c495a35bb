//! What new articles match in, findings with verdicts, names and passages out.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::article::Article;
use crate::events::Confidence;
use crate::index::{Index, IndexError, Query};
use crate::normalize::Words;
use crate::pipeline::Run;
use crate::read::{BadRecord, Inputs, Location, UnreadFile};
use crate::settings::Settings;
use crate::verify::longest_passage;

use super::pairs::{Found, Pair};
use super::same_event::{Earlier, SameEvent};
use super::{Accepted, Finding, IdleEntries, Match, Named, Passage, Question, Rule, Verdict};

/// Passages are cut near so many bytes: at a word, or inside one that is longer.
const PASSAGE_BYTES: usize = 240;

/// So many findings get their passages at once: what is held are two texts of each.
const PASSAGES_AT_ONCE: usize = 1_000;

/// Says what pairs mean.
pub(super) struct Judge<'r> {
    run: &'r Run,
    inputs: &'r Inputs,
    settings: &'r Settings,
    question: &'r Question,
    is_known: &'r [bool],
    /// Of each entry of the baseline whether it accepted something.
    accepted: Vec<bool>,
    /// The fingerprints of the words of all articles that are in pairs.
    contents: HashMap<u32, String>,
    /// Ids that a hash tells from others.
    renamed: HashSet<&'r str>,
    /// The article at each place.
    at: HashMap<Location, u32>,
    /// For each first twin the outlets of the known articles of its words.
    outlets: HashMap<u32, Vec<&'r str>>,
}

/// A fingerprint as findings and baselines show it.
pub(super) fn content(text: &str) -> String {
    format!("{:016x}", Words::of(text).fingerprint())
}

impl<'r> Judge<'r> {
    pub(super) fn of(
        run: &'r Run,
        inputs: &'r Inputs,
        settings: &'r Settings,
        question: &'r Question,
        is_known: &'r [bool],
        (found, same_event): (&Found, &[SameEvent]),
    ) -> Result<Judge<'r>, IndexError> {
        let mut involved: BTreeSet<u32> = found
            .iter()
            .flat_map(|((article, _), pairs)| pairs.iter().map(|pair| pair.other).chain([*article]))
            .collect();
        for one in same_event {
            involved.insert(one.article);
            involved.extend(one.earlier.iter().filter_map(|(earlier, _)| match earlier {
                Earlier::Read(article) => Some(*article),
                Earlier::Stored(_) => None,
            }));
        }
        let wanted: Vec<Location> = involved.iter().map(|&article| run.records[article as usize].location).collect();
        let contents = inputs.reread(&settings.read, &wanted, &|_| (), |_, article| content(&article.text))?;
        let mut outlets: HashMap<u32, Vec<&str>> = HashMap::new();
        for ((record, &first), _) in run.records.iter().zip(&run.twins).zip(is_known).filter(|(_, known)| **known) {
            outlets.entry(first).or_default().extend(record.source.as_deref());
        }
        let contents = involved.into_iter().zip(contents).collect();
        let renamed = run.intake.renamed.iter().map(String::as_str).collect();
        let at = run.records.iter().map(|record| record.location).zip(0..).collect();
        let accepted = vec![false; question.baseline.entries().len()];
        Ok(Judge { run, inputs, settings, question, is_known, accepted, contents, renamed, at, outlets })
    }

    fn named(&self, article: u32) -> Named {
        let record = &self.run.records[article as usize];
        let file = &self.inputs.files()[record.location.file as usize];
        let renamed = self.renamed.contains(record.id.as_str());
        let id = if renamed { record.id.rsplit_once('#').map_or(record.id.as_str(), |(id, _)| id) } else { &record.id };
        Named {
            id: id.to_owned(),
            source: record.source.as_deref().map(str::to_owned),
            title: record.headline().map(str::to_owned),
            published: record.published.map(|published| published.to_string()),
            file: file.name().to_owned(),
            line: (!file.is_stored()).then_some(record.location.line),
            content: self.contents.get(&article).cloned().unwrap_or_default(),
        }
    }

    /// The finding of an article by a rule.
    pub(super) fn finding(&mut self, article: u32, rule: Rule, pairs: &[Pair]) -> Judged {
        let named = self.named(article);
        let fails = self.question.policy.fail_on.contains(&rule);
        let mut matches: Vec<(u32, Match)> = pairs
            .iter()
            .map(|pair| {
                let other = self.named(pair.other);
                let accepted = if fails { self.accepts(rule, &named, &other, Some(pair.other)) } else { None };
                let new = !self.is_known[pair.other as usize];
                let Pair { kind, comparison, .. } = *pair;
                (pair.other, Match { article: other, new, kind, comparison, confidence: None, passage: None, accepted })
            })
            .collect();
        matches.sort_by(|(_, a), (_, b)| strongest_first(a, b));
        let compared = matches.first().filter(|(_, first)| first.comparison.is_some());
        let passage_with = compared.map(|&(other, _)| self.run.records[other as usize].location);
        let matches: Vec<Match> = matches.into_iter().map(|(_, one)| one).collect();
        let finding = Finding { rule, verdict: verdict(fails, &matches), article: named, matches, reason: None };
        Judged { location: self.run.records[article as usize].location, passage_with, finding }
    }

    /// The finding of an article that reports the same event as earlier ones.
    pub(super) fn same_event(&mut self, same_event: SameEvent) -> Judged {
        let SameEvent { article, earlier } = same_event;
        let named = self.named(article);
        let fails = self.question.policy.fail_on.contains(&Rule::SameEvent);
        let mut matches: Vec<Match> = earlier
            .into_iter()
            .map(|(earlier, confidence)| {
                let (other, position) = match earlier {
                    Earlier::Read(position) => (self.named(position), Some(position)),
                    Earlier::Stored(stored) => (*stored, None),
                };
                let accepted = if fails { self.accepts(Rule::SameEvent, &named, &other, position) } else { None };
                let new = position.is_some_and(|position| !self.is_known[position as usize]);
                let confidence = Some(confidence);
                Match { article: other, new, kind: None, comparison: None, confidence, passage: None, accepted }
            })
            .collect();
        matches.sort_by(strongest_first);
        let verdict = verdict(fails, &matches);
        let finding = Finding { rule: Rule::SameEvent, verdict, article: named, matches, reason: None };
        Judged { location: self.run.records[article as usize].location, passage_with: None, finding }
    }

    /// Why a match does not fail. `position`: of the other article, where it is part of the run.
    fn accepts(&mut self, rule: Rule, article: &Named, other: &Named, position: Option<u32>) -> Option<Accepted> {
        let first = position.map(|position| self.run.twins[position as usize]);
        let known = first.and_then(|first| self.outlets.get(&first)).map_or(&[][..], |outlets| outlets);
        let mut outlets = known.iter().copied().chain(other.source.as_deref());
        let allowed = outlets.find_map(|from| self.question.policy.allows(Some(from), article.source.as_deref()));
        if let Some(allowed) = allowed {
            return Some(Accepted::Policy(allowed.to_string()));
        }
        self.accepts_by_baseline(rule, article, &other.content)
    }

    /// The finding of a new article whose id an index has with other words.
    pub(super) fn revision(
        &mut self,
        index: &Index,
        location: Location,
        query: &Query,
    ) -> Result<Option<Judged>, IndexError> {
        let Some((known, _)) = index.same_id(query) else { return Ok(None) };
        let Some(&article) = self.at.get(&location) else { return Ok(None) };
        let stored = index.article(known)?;
        let content_of_new = format!("{:016x}", query.words_hash());
        let article = Named { content: content_of_new, ..self.named(article) };
        let other = named_stored(index, &stored);
        let fails = self.question.policy.fail_on.contains(&Rule::Revision);
        let accepted = if fails { self.accepts_by_baseline(Rule::Revision, &article, &other.content) } else { None };
        let one = Match {
            article: other,
            new: false,
            kind: None,
            comparison: None,
            confidence: None,
            passage: None,
            accepted,
        };
        let matches = vec![one];
        let verdict = verdict(fails, &matches);
        let finding = Finding { rule: Rule::Revision, verdict, article, matches, reason: None };
        Ok(Some(Judged { location, passage_with: None, finding }))
    }

    /// The finding of a record that could not be read.
    pub(super) fn unreadable(&mut self, bad: &BadRecord) -> Judged {
        let article = Named {
            file: self.inputs.files()[bad.location.file as usize].name().to_owned(),
            line: Some(bad.location.line),
            content: bad.content.map_or_else(String::new, |content| format!("{content:016x}")),
            ..Named::default()
        };
        let finding = self.about_a_file(Rule::Unreadable, article, bad.fault.to_string());
        Judged { location: bad.location, passage_with: None, finding }
    }

    /// The findings about files as a whole: those of the rules that were changed, then those that look like articles and were not read.
    pub(super) fn files(&mut self, unread: &[UnreadFile]) -> Result<Vec<Finding>, IndexError> {
        let question = self.question;
        let mut findings = Vec::new();
        for change in &question.changes {
            let article = Named {
                id: change.file.clone(),
                file: change.file.clone(),
                content: change.content.clone(),
                ..Named::default()
            };
            findings.push(self.about_a_file(Rule::GateChanged, article, change.reason.clone()));
        }
        for file in unread {
            let content = file.content()?.map_or_else(String::new, |content| format!("{content:016x}"));
            let article = Named { file: file.name.clone(), content, ..Named::default() };
            findings.push(self.about_a_file(Rule::Unreadable, article, file.why.to_string()));
        }
        Ok(findings)
    }

    /// The finding of an article that is written so that no comparison reads it.
    pub(super) fn disguised(&mut self, article: u32, reason: String, content: String) -> Finding {
        let named = Named { content, ..self.named(article) };
        self.about_a_file(Rule::Unreadable, named, reason)
    }

    fn about_a_file(&mut self, rule: Rule, article: Named, reason: String) -> Finding {
        let fails = self.question.policy.fail_on.contains(&rule);
        // Without its bytes it can't be told from another.
        let is_accepted =
            fails && !article.content.is_empty() && self.accepts_by_baseline(rule, &article, "").is_some();
        let verdict = if is_accepted { Verdict::Accepted } else { verdict(fails, &[]) };
        Finding { rule, verdict, article, matches: Vec::new(), reason: Some(reason) }
    }

    fn accepts_by_baseline(&mut self, rule: Rule, article: &Named, matched: &str) -> Option<Accepted> {
        let place = self.question.baseline.find(rule, &article.id, &article.content, matched)?;
        let entry = &self.question.baseline.entries()[place];
        if entry.is_expired(&self.question.today) {
            return None;
        }
        self.accepted[place] = true;
        Some(entry.accepts())
    }

    /// The entries of the baseline that accepted nothing.
    pub(super) fn idle_entries(&self, findings: &[Finding]) -> IdleEntries {
        let entries = self.question.baseline.entries().iter().zip(&self.accepted);
        let idle = entries.filter(|(_, accepted)| !**accepted).map(|(entry, _)| entry.clone());
        IdleEntries::of(idle, &self.question.today, findings)
    }

    /// Adds the longest passage that each finding shares with its strongest match.
    pub(super) fn add_passages(&self, judged: &mut [Judged]) -> Result<(), IndexError> {
        for judged in judged.chunks_mut(PASSAGES_AT_ONCE) {
            let with_passage = |one: &&mut Judged| one.passage_with.is_some();
            let wanted: Vec<Location> =
                judged.iter().flat_map(|one| one.passage_with.map(|other| [one.location, other])).flatten().collect();
            let texts = self.inputs.reread(&self.settings.read, &wanted, &|_| (), |_, article| {
                (article.source.as_deref().map(str::to_owned), article.text.clone().into_owned())
            })?;
            for (one, pair) in judged.iter_mut().filter(with_passage).zip(texts.chunks_exact(2)) {
                let [a, b] = [0, 1].map(|at| {
                    let (source, text) = &pair[at];
                    Article { source: source.as_deref().map(Cow::from), text: text.into(), ..Article::default() }
                });
                let shared = longest_passage(&a, &b, &self.run.shells, self.settings.window_words);
                if let Some(first) = one.finding.matches.first_mut() {
                    first.passage =
                        shared.map(|shared| Passage { text: cut(&a.text[shared.span]), words: shared.words });
                }
            }
        }
        Ok(())
    }
}

/// An article of an index as findings name it.
pub(super) fn named_stored(index: &Index, stored: &Article<'_>) -> Named {
    let owned = |field: &Option<Cow<'_, str>>| field.as_deref().map(str::to_owned);
    Named {
        content: content(&stored.text),
        id: stored.id.clone().into_owned(),
        source: owned(&stored.source),
        title: owned(&stored.title),
        published: stored.published.map(|published| published.to_string()),
        file: index.path().display().to_string(),
        line: None,
    }
}

/// The order of the matches of a finding: what is accepted last, known articles before new ones, then the strongest first.
fn strongest_first(a: &Match, b: &Match) -> Ordering {
    let strength = |one: &Match| {
        one.comparison.map_or(one.confidence.map_or(0.0, Confidence::share), |numbers| numbers.similarity)
    };
    let accepted = a.accepted.is_some().cmp(&b.accepted.is_some());
    let known_first = accepted.then(a.new.cmp(&b.new));
    known_first.then(strength(b).total_cmp(&strength(a))).then_with(|| a.article.id.cmp(&b.article.id))
}

/// A finding on its way.
pub(super) struct Judged {
    /// Where the article stands.
    pub(super) location: Location,
    /// Where the article stands that it shares the passage with which is shown.
    passage_with: Option<Location>,
    pub(super) finding: Finding,
}

/// A passage on one line, cut where it is long: at a word, or where one alone is too long, as in a script without spaces, in it.
fn cut(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        let room = PASSAGE_BYTES.saturating_sub(line.len());
        if word.len() > room {
            if word.len() > PASSAGE_BYTES {
                let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
                let end = ends.take_while(|&end| end < room).last().unwrap_or(0);
                line.push_str(if line.is_empty() || end == 0 { "" } else { " " });
                line.push_str(&word[..end]);
            }
            line.push_str(" …");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn verdict(fails: bool, matches: &[Match]) -> Verdict {
    match fails {
        false => Verdict::Informs,
        true if !matches.is_empty() && matches.iter().all(|one| one.accepted.is_some()) => Verdict::Accepted,
        true => Verdict::Fails,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_is_cut_at_a_word_and_where_there_is_none_at_a_character() {
        assert_eq!(cut("một  hai\nba"), "một hai ba");
        let many = cut(&"một ".repeat(1_000));
        assert!(many.len() <= PASSAGE_BYTES + " …".len() && many.ends_with("một …"), "{many}");
        for script in ["新", "ข่าว", "a"] {
            let shown = cut(&script.repeat(400_000));
            assert!(shown.len() <= PASSAGE_BYTES + " …".len(), "{} bytes", shown.len());
            assert!(shown.len() > PASSAGE_BYTES - 12 && shown.ends_with(" …"), "{shown}");
        }
        let behind_a_word = cut(&format!("tin {}", "新".repeat(1_000)));
        assert!(behind_a_word.len() > PASSAGE_BYTES - 4 && behind_a_word.starts_with("tin 新"), "{behind_a_word}");
    }
}
