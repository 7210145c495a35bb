//! New inputs and what is known in, findings out.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::article::{Article, Published};
use crate::cluster::SAME;
use crate::index::{Index, IndexError, LookedUp, Query, SameId};
use crate::normalize::Words;
use crate::pipeline::{Intake, Progress, Record, Run, Stage, Tables, run_inputs};
use crate::read::{Inputs, Location, Reason};
use crate::settings::Settings;
use crate::verify::{Comparison, Kind, longest_passage};

use super::{Accepted, Baseline, Checked, Entry, Finding, Match, Named, Passage, Policy, Rule, Verdict};

/// What new articles are checked against.
#[derive(Debug)]
pub enum Known<'k> {
    /// Nothing: only among themselves.
    Nothing,
    /// An index.
    Index(&'k Index),
    /// The inputs behind the first so many, by this name.
    InputsFrom(usize, String),
}

/// What a check is asked, beside the settings.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What fails it.
    pub policy: Policy,
    /// What is accepted.
    pub baseline: Baseline,
    /// The day on which entries of the baseline must still hold, `2027-01-31`.
    pub today: String,
    /// Where articles of the new inputs stand that are known already.
    pub unchanged: BTreeSet<Location>,
}

/// A check that was made.
#[derive(Debug)]
pub struct Outcome {
    /// What it found.
    pub checked: Checked,
    /// What was read.
    pub intake: Intake,
    /// The inputs, and behind them what of the index they were compared with.
    pub inputs: Inputs,
    /// Where the articles stand that fail.
    pub refused: BTreeSet<Location>,
    /// Where those stand that were judged and do not fail.
    pub passed: BTreeSet<Location>,
}

/// Passages are cut at a word near so many bytes.
const PASSAGE_BYTES: usize = 240;

/// So many reports of the same event are named.
const SAME_EVENT_MATCHES: usize = 3;

/// So many findings get their passages at once: what is held are two texts of each.
const PASSAGES_AT_ONCE: usize = 1_000;

/// Checks the articles of the inputs.
///
/// # Errors
/// Where an input can't be read, or the index not.
pub fn check(
    mut inputs: Inputs,
    known: &Known<'_>,
    settings: &Settings,
    question: &Question,
    progress: &dyn Progress,
) -> Result<Outcome, IndexError> {
    let mut stored = Stored::default();
    let mut tables = Tables::default();
    let mut new_files = inputs.files().len();
    match known {
        Known::Nothing => {}
        Known::InputsFrom(count, _) => new_files = *count,
        Known::Index(index) => {
            stored = look_up(&mut inputs, index, settings, progress)?;
            tables = Tables { shells: index.shells().cloned(), terms: index.terms().cloned() };
        }
    }
    let run = run_inputs(&inputs, settings, tables, progress)?;
    stored.unchanged.extend(&question.unchanged);
    let is_known = known_articles(&run, new_files, &stored.unchanged);
    let found = Pairs::of(&run, &question.policy, &is_known);
    let judge = Judge::of(&run, &inputs, settings, question, &is_known, &found)?;
    let mut accepted = vec![false; question.baseline.entries().len()];
    let mut judged: Vec<Judged> =
        found.iter().map(|(&(article, rule), pairs)| judge.finding(article, rule, pairs, &mut accepted)).collect();
    if let Known::Index(index) = known {
        // Where another brought the stored version along, the two were told apart by a hash, and that is said already.
        let revisions = judged.iter().filter(|one| one.finding.rule == Rule::Revision);
        let said: HashSet<Location> = revisions.map(|one| one.location).collect();
        for (location, query) in &stored.revised {
            if !said.contains(location) {
                judged.extend(judge.revision(index, *location, query, &mut accepted)?);
            }
        }
    }
    judged.sort_by_key(|one| (one.location, one.finding.rule));
    judge.add_passages(&mut judged)?;
    let fails = |one: &&Judged| one.finding.verdict == Verdict::Fails;
    let refused: BTreeSet<Location> = judged.iter().filter(fails).map(|one| one.location).collect();
    let new = run.records.iter().zip(&is_known).filter(|(_, known)| !**known).map(|(record, _)| record.location);
    let passed = new.filter(|location| !refused.contains(location)).collect();
    let mut findings: Vec<Finding> = judged.into_iter().map(|one| one.finding).collect();
    let new_names: HashSet<&str> = inputs.files()[..new_files].iter().map(|file| file.name()).collect();
    findings.extend(unreadable(&run.intake, &question.policy, &new_names));
    let (expired, unused): (Vec<&Entry>, Vec<&Entry>) = (question.baseline.entries().iter().zip(&accepted))
        .filter_map(|(entry, accepted)| (!accepted).then_some(entry))
        .partition(|entry| entry.is_expired(&question.today));
    let tally = Tally::of(&run, &is_known, new_files);
    let against = match known {
        Known::Nothing => None,
        Known::Index(index) => Some((index.path().display().to_string(), index.len())),
        Known::InputsFrom(_, name) => Some((name.clone(), is_known.iter().filter(|&&known| known).count() as u64)),
    };
    let checked = Checked {
        settings: settings.clone(),
        policy: question.policy.clone(),
        articles: is_known.iter().filter(|&&known| !known).count() as u64,
        known: tally.known,
        repeated: tally.repeated,
        empty: run.intake.empty_at.iter().filter(|location| (location.file as usize) < new_files).count() as u64,
        unreadable: run.intake.skipped.bad_records,
        against,
        findings,
        unused: unused.into_iter().cloned().collect(),
        expired: expired.into_iter().cloned().collect(),
    };
    let intake = run.intake.clone();
    Ok(Outcome { checked, intake, inputs, refused, passed })
}

/// Records of the new inputs that are not judged.
#[derive(Default)]
struct Tally {
    known: u64,
    repeated: u64,
}

impl Tally {
    fn of(run: &Run, is_known: &[bool], new_files: usize) -> Tally {
        let is_new = |location: &Location| (location.file as usize) < new_files;
        let mut tally = Tally::default();
        let known = run.records.iter().zip(is_known).filter(|(record, known)| **known && is_new(&record.location));
        tally.known = known.count() as u64;
        for one in run.intake.repeated.iter().filter(|one| is_new(&one.location)) {
            match position(run, &one.id) {
                Some(article) if is_known[article] => tally.known += 1,
                _ => tally.repeated += 1,
            }
        }
        tally
    }
}

/// The article of this id.
fn position(run: &Run, id: &str) -> Option<usize> {
    run.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok()
}

/// What an index says of new articles.
#[derive(Default)]
struct Stored {
    /// Where those stand that it has already.
    unchanged: BTreeSet<Location>,
    /// Those that it has with other words.
    revised: Vec<(Location, Query)>,
}

/// Looks up all articles of the inputs, and adds what they are to be compared with as an input more.
fn look_up(
    inputs: &mut Inputs,
    index: &Index,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Stored, IndexError> {
    progress.begin(Stage::Read, inputs.total_bytes());
    let mut stored = Stored::default();
    for LookedUp { location, query, same_id } in index.bring(inputs, settings, false, &|bytes| progress.done(bytes))? {
        match same_id {
            Some(SameId::SameWords) => drop(stored.unchanged.insert(location)),
            Some(SameId::OtherWords) => stored.revised.push((location, query)),
            None => {}
        }
    }
    Ok(stored)
}

/// Which articles are not to be judged.
fn known_articles(run: &Run, new_files: usize, unchanged: &BTreeSet<Location>) -> Vec<bool> {
    let is_old = |location: &Location| location.file as usize >= new_files;
    let mut known: Vec<bool> =
        run.records.iter().map(|record| is_old(&record.location) || unchanged.contains(&record.location)).collect();
    for repeated in run.intake.repeated.iter().filter(|one| is_old(&one.location) || unchanged.contains(&one.location))
    {
        if let Some(article) = position(run, &repeated.id) {
            known[article] = true;
        }
    }
    known
}

/// What two articles have in common, before it is judged.
#[derive(Debug, Clone, Copy)]
struct Pair {
    other: u32,
    kind: Option<Kind>,
    comparison: Option<Comparison>,
    score: Option<f64>,
}

/// The order in which new articles count as there before others: the earliest published, then the longest, then by id.
type Rank<'r> = (bool, Option<Published>, Reverse<u32>, &'r str);

fn rank(record: &Record) -> Rank<'_> {
    (record.published.is_none(), record.published, Reverse(record.words), &record.id)
}

/// What new articles match, by article and rule.
struct Pairs<'r> {
    run: &'r Run,
    policy: &'r Policy,
    is_known: &'r [bool],
    found: BTreeMap<(u32, Rule), Vec<Pair>>,
}

impl<'r> Pairs<'r> {
    /// What the new articles of a run match, by article and rule.
    fn of(run: &'r Run, policy: &'r Policy, is_known: &'r [bool]) -> BTreeMap<(u32, Rule), Vec<Pair>> {
        let mut pairs = Pairs { run, policy, is_known, found: BTreeMap::new() };
        pairs.add_edges();
        pairs.add_renamed();
        pairs.add_same_event();
        pairs.found
    }

    fn record(&self, article: u32) -> &'r Record {
        &self.run.records[article as usize]
    }

    fn is_known(&self, article: u32) -> bool {
        self.is_known[article as usize]
    }

    /// Whether `other` was there before `article`.
    fn is_before(&self, other: u32, article: u32) -> bool {
        self.is_known(other) || rank(self.record(other)) < rank(self.record(article))
    }

    fn add(&mut self, article: u32, rule: Rule, pair: Pair) {
        let own = |article: u32| self.record(article).source.as_deref();
        let revised = self.policy.own_revisions
            && matches!(rule, Rule::Identical | Rule::Copy | Rule::Excerpt)
            && own(article).is_some()
            && own(article) == own(pair.other);
        self.found.entry((article, if revised { Rule::Revision } else { rule })).or_default().push(pair);
    }

    /// Articles of the same words are one class, of which one stands for all: the known one first by id, else the one that was there
    /// first. So a thousand copies of one text are a thousand findings and not their square.
    fn add_edges(&mut self) {
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        self.run.twins.iter().zip(0..).for_each(|(&first, article)| members.entry(first).or_default().push(article));
        let heads: HashMap<u32, u32> = members
            .iter()
            .map(|(&first, members)| {
                let order = |article: &&u32| (!self.is_known(**article), rank(self.record(**article)));
                (first, members.iter().min_by_key(order).copied().unwrap_or(first))
            })
            .collect();
        let new = |first: u32| members[&first].iter().copied().filter(|&article| !self.is_known[article as usize]);
        let mut identical: Vec<(u32, u32)> = Vec::new();
        for (&first, &head) in &heads {
            identical.extend(new(first).filter(|&article| article != head).map(|article| (article, head)));
        }
        let mut compared = Vec::new();
        for edge in &self.run.edges {
            for (own, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                compared.extend(new(own).map(|article| (article, heads[&other], *edge)));
            }
        }
        for (article, other) in identical {
            let pair = Pair { other, kind: Some(Kind::Identical), comparison: Some(SAME), score: None };
            self.add(article, Rule::Identical, pair);
        }
        for (article, other, edge) in compared {
            let pair = Pair { other, kind: Some(edge.kind), comparison: Some(edge.comparison), score: None };
            if let Some(rule) = self.rule(article, other, edge.kind) {
                self.add(article, rule, pair);
            }
        }
    }

    /// What an edge means for `article`; `None` where it means something for the other alone.
    fn rule(&self, article: u32, other: u32, kind: Kind) -> Option<Rule> {
        let words = |article: u32| self.record(article).words;
        let before = self.is_before(other, article);
        match kind {
            Kind::Identical => before.then_some(Rule::Identical),
            Kind::Copy => before.then_some(Rule::Copy),
            Kind::Template => before.then_some(Rule::Template),
            Kind::Excerpt if words(article) < words(other) => Some(Rule::Excerpt),
            Kind::Excerpt if words(article) == words(other) => before.then_some(Rule::Excerpt),
            Kind::Excerpt => self.is_known(other).then_some(Rule::Contains),
        }
    }

    /// Articles that share an id and not their words, which were told apart by a hash: a new one of a known one is a revision.
    fn add_renamed(&mut self) {
        let bare = |id: &str| id.rsplit_once('#').map_or(String::new(), |(bare, _)| bare.to_owned());
        let mut by_id: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for id in &self.run.intake.renamed {
            if let Some(article) = position(self.run, id) {
                by_id.entry(bare(id)).or_default().push(article as u32);
            }
        }
        for articles in by_id.into_values() {
            let Some(&known) = articles.iter().find(|&&article| self.is_known(article)) else { continue };
            let is_known = self.is_known;
            for &article in articles.iter().filter(|&&article| !is_known[article as usize]) {
                let pair = self.edge(article, known);
                // That it copies its own earlier text is what a revision is.
                for rule in [Rule::Identical, Rule::Copy, Rule::Excerpt, Rule::Contains, Rule::Template] {
                    if let Some(pairs) = self.found.get_mut(&(article, rule)) {
                        pairs.retain(|pair| pair.other != known);
                        if pairs.is_empty() {
                            self.found.remove(&(article, rule));
                        }
                    }
                }
                self.found.entry((article, Rule::Revision)).or_default().push(pair);
            }
        }
    }

    fn edge(&self, article: u32, other: u32) -> Pair {
        let all = self.found.range((article, Rule::Unreadable)..=(article, Rule::SameEvent));
        let found = all.flat_map(|(_, pairs)| pairs).find(|pair| pair.other == other);
        found.copied().unwrap_or(Pair { other, kind: None, comparison: None, score: None })
    }

    /// New articles without a copy among what is known, whose event is known.
    fn add_same_event(&mut self) {
        let Some(events) = &self.run.events else { return };
        let mut near: BTreeMap<u32, Vec<(f64, u32)>> = BTreeMap::new();
        for edge in
            events.edges.iter().filter(|edge| events.event_of[edge.a as usize] == events.event_of[edge.b as usize])
        {
            for (article, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                if !self.is_known(article) && self.is_before(other, article) {
                    near.entry(article).or_default().push((edge.score, other));
                }
            }
        }
        for (article, mut others) in near {
            others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let copied: Vec<u32> = self
                .found
                .range((article, Rule::Unreadable)..=(article, Rule::SameEvent))
                .flat_map(|(_, pairs)| pairs.iter().map(|pair| pair.other))
                .collect();
            others.retain(|(_, other)| !copied.contains(other));
            let pair = |(score, other)| Pair { other, kind: None, comparison: None, score: Some(score) };
            let pairs: Vec<Pair> = others.into_iter().take(SAME_EVENT_MATCHES).map(pair).collect();
            if !pairs.is_empty() {
                self.found.insert((article, Rule::SameEvent), pairs);
            }
        }
    }
}

/// Says what pairs mean.
struct Judge<'r> {
    run: &'r Run,
    inputs: &'r Inputs,
    settings: &'r Settings,
    question: &'r Question,
    is_known: &'r [bool],
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
fn content(text: &str) -> String {
    format!("{:016x}", Words::of(text).fingerprint())
}

impl<'r> Judge<'r> {
    fn of(
        run: &'r Run,
        inputs: &'r Inputs,
        settings: &'r Settings,
        question: &'r Question,
        is_known: &'r [bool],
        found: &BTreeMap<(u32, Rule), Vec<Pair>>,
    ) -> Result<Judge<'r>, IndexError> {
        let involved: BTreeSet<u32> = found
            .iter()
            .flat_map(|((article, _), pairs)| pairs.iter().map(|pair| pair.other).chain([*article]))
            .collect();
        let wanted: Vec<Location> = involved.iter().map(|&article| run.records[article as usize].location).collect();
        let contents = inputs.reread(&settings.read, &wanted, &|_| (), |_, article| content(&article.text))?;
        let mut outlets: HashMap<u32, Vec<&str>> = HashMap::new();
        for ((record, &first), _) in run.records.iter().zip(&run.twins).zip(is_known).filter(|(_, known)| **known) {
            outlets.entry(first).or_default().extend(record.source.as_deref());
        }
        let contents = involved.into_iter().zip(contents).collect();
        let renamed = run.intake.renamed.iter().map(String::as_str).collect();
        let at = run.records.iter().map(|record| record.location).zip(0..).collect();
        Ok(Judge { run, inputs, settings, question, is_known, contents, renamed, at, outlets })
    }

    fn named(&self, article: u32) -> Named {
        let record = &self.run.records[article as usize];
        let file = &self.inputs.files()[record.location.file as usize];
        let renamed = self.renamed.contains(record.id.as_str());
        let id = if renamed { record.id.rsplit_once('#').map_or(record.id.as_str(), |(id, _)| id) } else { &record.id };
        Named {
            id: id.to_owned(),
            source: record.source.clone(),
            title: record.title.clone().or_else(|| record.opening.clone()),
            published: record.published.map(|published| published.to_string()),
            file: file.name().to_owned(),
            line: (!file.is_stored()).then_some(record.location.line),
            content: self.contents.get(&article).cloned().unwrap_or_default(),
        }
    }

    fn finding(&self, article: u32, rule: Rule, pairs: &[Pair], accepted: &mut [bool]) -> Judged {
        let named = self.named(article);
        let fails = self.question.policy.fail_on.contains(&rule);
        let mut matches: Vec<(u32, Match)> = pairs
            .iter()
            .map(|pair| {
                let other = self.named(pair.other);
                let accepted = if fails { self.accepted(rule, &named, &other, pair.other, accepted) } else { None };
                let new = !self.is_known[pair.other as usize];
                let Pair { kind, comparison, score, .. } = *pair;
                (pair.other, Match { article: other, new, kind, comparison, score, passage: None, accepted })
            })
            .collect();
        let strength = |one: &Match| one.comparison.map_or(one.score.unwrap_or(0.0), |numbers| numbers.similarity);
        matches.sort_by(|(_, a), (_, b)| {
            let accepted = a.accepted.is_some().cmp(&b.accepted.is_some());
            let known_first = accepted.then(a.new.cmp(&b.new));
            known_first.then(strength(b).total_cmp(&strength(a))).then_with(|| a.article.id.cmp(&b.article.id))
        });
        let compared = matches.first().filter(|(_, first)| first.comparison.is_some());
        let passage_with = compared.map(|&(other, _)| self.run.records[other as usize].location);
        let matches: Vec<Match> = matches.into_iter().map(|(_, one)| one).collect();
        let finding = Finding { rule, verdict: verdict(fails, &matches), article: named, matches, reason: None };
        Judged { location: self.run.records[article as usize].location, passage_with, finding }
    }

    fn accepted(
        &self,
        rule: Rule,
        article: &Named,
        other: &Named,
        position: u32,
        accepted: &mut [bool],
    ) -> Option<Accepted> {
        let first = self.run.twins[position as usize];
        let known = self.outlets.get(&first).map_or(&[][..], |outlets| outlets);
        let mut outlets = known.iter().copied().chain(other.source.as_deref());
        let allowed = outlets.find_map(|from| self.question.policy.allows(Some(from), article.source.as_deref()));
        if let Some(allowed) = allowed {
            return Some(Accepted::Policy(allowed.to_string()));
        }
        accepted_by_baseline(self.question, rule, article, other, accepted)
    }

    /// The finding of a new article whose id an index has with other words.
    fn revision(
        &self,
        index: &Index,
        location: Location,
        query: &Query,
        accepted: &mut [bool],
    ) -> Result<Option<Judged>, IndexError> {
        let Some((known, _)) = index.same_id(query) else { return Ok(None) };
        let Some(&article) = self.at.get(&location) else { return Ok(None) };
        let stored = index.article(known)?;
        let content_of_new = format!("{:016x}", query.words_hash());
        let article = Named { content: content_of_new, ..self.named(article) };
        let owned = |field: Option<Cow<'_, str>>| field.map(Cow::into_owned);
        let other = Named {
            content: content(&stored.text),
            id: stored.id.into_owned(),
            source: owned(stored.source),
            title: owned(stored.title),
            published: stored.published.map(|published| published.to_string()),
            file: index.path().display().to_string(),
            line: None,
        };
        let fails = self.question.policy.fail_on.contains(&Rule::Revision);
        let accepted =
            if fails { accepted_by_baseline(self.question, Rule::Revision, &article, &other, accepted) } else { None };
        let one =
            Match { article: other, new: false, kind: None, comparison: None, score: None, passage: None, accepted };
        let matches = vec![one];
        let verdict = verdict(fails, &matches);
        let finding = Finding { rule: Rule::Revision, verdict, article, matches, reason: None };
        Ok(Some(Judged { location, passage_with: None, finding }))
    }

    /// Adds the longest passage that each finding shares with its strongest match.
    fn add_passages(&self, judged: &mut [Judged]) -> Result<(), IndexError> {
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

/// A finding on its way.
struct Judged {
    location: Location,
    /// Where the article stands that it shares the passage with which is shown.
    passage_with: Option<Location>,
    finding: Finding,
}

/// A passage on one line, cut at a word where it is long.
fn cut(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() > PASSAGE_BYTES {
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

fn accepted_by_baseline(
    question: &Question,
    rule: Rule,
    article: &Named,
    other: &Named,
    accepted: &mut [bool],
) -> Option<Accepted> {
    let place = question.baseline.find(rule, &article.id, &article.content, &other.content)?;
    let entry = &question.baseline.entries()[place];
    if entry.is_expired(&question.today) {
        return None;
    }
    accepted[place] = true;
    Some(Accepted::Baseline(entry.reason.clone()))
}

/// The records that could not be read, as far as reading named them.
fn unreadable(intake: &Intake, policy: &Policy, new: &HashSet<&str>) -> Vec<Finding> {
    let fails = policy.fail_on.contains(&Rule::Unreadable);
    let of_new = intake.skipped.examples.iter().filter(|example| new.contains(example.name.as_str()));
    let bad = of_new.filter_map(|example| match &example.reason {
        Reason::Bad(fault) => Some((example, fault.to_string())),
        _ => None,
    });
    bad.map(|(example, reason)| Finding {
        rule: Rule::Unreadable,
        verdict: verdict(fails, &[]),
        article: Named { file: example.name.clone(), line: u32::try_from(example.line).ok(), ..Named::default() },
        matches: Vec::new(),
        reason: Some(reason),
    })
    .collect()
}
