//! The whole order of one run in one process: paths in, a [`Run`] out, from which every report is made.
//!
//! Articles are put in order of their ids as soon as they are read; from then on an article is a position, ties are
//! settled by position, and neither the order of the input nor the number of threads can be seen in any output.
//!
//! Texts are read two to four times and held never: once for ids, titles and shells; once more, where shells are left out,
//! for shingles, and a few of them to show examples of shells; and those of candidates for verification, a block at a time
//! (`compare`).

mod compare;
mod events;
mod held;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::article::{Article, Published};
use crate::boilerplate::{Outline, ShellTable};
use crate::candidates::samples::Samples;
use crate::candidates::{Candidates, MIN_BANDED_SHINGLES, Plan, candidates};
use crate::cluster::{Clustering, SAME, Standing, cluster};
use crate::events::{Events, Profile, Profiler, TermTable};
use crate::normalize::Words;
use crate::read::{Inputs, Location, ReadError, Skipped, discover};
use crate::settings::{Boilerplate, Level, Settings};
use crate::shingle::{Imprint, content_hash, drop_repeats, shingles_into};
use crate::sketch::{Signatures, sign};
use crate::verify::{Edge, Kind, Rules, Size};

pub(crate) use compare::{Components, Texts};
pub use events::Reports;
pub use held::Held;

/// A part of a run that takes time, as [`Progress`] is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading every article; units are bytes of input.
    Read,
    /// Shingling and sketching, where shells were learned first; units are bytes of input.
    Sketch,
    /// Searching candidates; no units.
    Search,
    /// Verifying candidates; units are pairs.
    Verify,
    /// Finding events; no units.
    Events,
    /// Reading every record again to write it elsewhere, where a command does that; units are bytes of input.
    Write,
}

/// Is told how a run gets on. Called from any thread.
pub trait Progress: Sync {
    /// A stage begins, of `total` units where that is known.
    fn begin(&self, stage: Stage, total: Option<u64>);
    /// So many units of the present stage are done, in all.
    fn done(&self, units: u64);
}

/// Nobody is told.
impl Progress for () {
    fn begin(&self, _: Stage, _: Option<u64>) {}
    fn done(&self, _: u64) {}
}

/// What is kept of each article: all that reports name it by, and where to read it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its id, unlike every other's.
    pub id: String,
    /// Its outlet.
    pub source: Option<String>,
    /// When it was published.
    pub published: Option<Published>,
    /// Its headline.
    pub title: Option<String>,
    /// How its text begins, as written and cut short; only where it has no headline.
    pub opening: Option<String>,
    /// The label of truth that it carries, for `eval`.
    pub label: Option<String>,
    /// How many words its text has, shells left out.
    pub words: u32,
    /// Where it stands in the input.
    pub location: Location,
}

/// What was read and what was set aside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    /// How many inputs were read.
    pub files: usize,
    /// What reading left out or read with a loss.
    pub skipped: Skipped,
    /// Articles without a word: never copies of each other, and in no output but this count and these ids.
    pub empty: Vec<String>,
    /// Where those stand, in input order.
    pub empty_at: Vec<Location>,
    /// Records that have id and words of another: one article with it.
    pub repeated: Vec<Repeated>,
    /// New ids, `id#hash`, of records that have the id of another and other words.
    pub renamed: Vec<String>,
}

/// A record that was read twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// The id of the article that it is one with: that of a [`Record`].
    pub id: String,
    /// Where the one stands that was left out.
    pub location: Location,
}

/// A shell as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellExample {
    /// The outlet whose shell it is; `None` where outlets are unknown.
    pub source: Option<String>,
    /// Its words, folded.
    pub text: String,
    /// The number of different stories that it was found in.
    pub stories: u32,
}

/// How the search went.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// What it was asked to reach, and with what means.
    pub plan: Plan,
    /// Articles whose exact words another article has already.
    pub exact_duplicates: usize,
    /// Pairs that were looked at.
    pub candidates: usize,
    /// How many of them were given up because their imprints share too little; the others were compared exactly.
    pub given_up: usize,
    /// Groups too large to compare in full, which were compared with pivots.
    pub large_groups: usize,
    /// What was held in memory.
    pub held: Held,
}

/// Everything that one run found out.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What it was asked.
    pub settings: Settings,
    /// What was read.
    pub intake: Intake,
    /// The articles in order of id: positions elsewhere are positions here.
    pub records: Vec<Record>,
    /// For each article the first whose words it has exactly.
    pub twins: Vec<u32>,
    /// Verified edges between first twins, in order of `(a, b)`.
    pub edges: Vec<Edge>,
    /// Copy clusters and links.
    pub clustering: Clustering,
    /// Events and storylines; `None` where only copies were asked for.
    pub events: Option<Events>,
    /// The shells in force.
    pub shells: ShellTable,
    /// The most frequent shells.
    pub shell_examples: Vec<ShellExample>,
    /// How candidates were found.
    pub search: Search,
}

/// At most so many shells are shown.
const SHELL_EXAMPLES: usize = 20;

/// Articles of exactly the same words in larger groups than this have edges to the first of them only, not to each other.
const MAX_TWIN_CLIQUE: usize = 64;

/// Tables to use instead of learning them from the input: with the same tables, an article is treated the same whatever stands
/// beside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// What counts as boilerplate.
    pub shells: Option<ShellTable>,
    /// How common each term is.
    pub terms: Option<TermTable>,
}

/// Reads all articles of `paths` and finds the copies among them, and the events. `tables`: what not to learn.
///
/// # Errors
/// Where an input can't be read at all; what is wrong with single records is counted in [`Intake`].
pub fn run(paths: &[PathBuf], settings: &Settings, tables: Tables, progress: &dyn Progress) -> Result<Run, ReadError> {
    let inputs = discover(paths, &settings.read)?;
    run_inputs(&inputs, settings, tables, progress)
}

/// [`run`] for inputs that are discovered already.
///
/// # Errors
/// As [`run`].
pub fn run_inputs(
    inputs: &Inputs,
    settings: &Settings,
    tables: Tables,
    progress: &dyn Progress,
) -> Result<Run, ReadError> {
    let Tables { shells, terms } = tables;
    let plan = Plan::of(settings);
    let (scanned, skipped) = scan(inputs, settings, &plan, shells.is_none(), progress)?;
    let mut intake = Intake { files: inputs.files().len(), skipped, ..Intake::default() };
    let mut scanned = settle(scanned, &mut intake);
    let outline_bytes = scanned.iter().filter_map(|one| one.outline.as_ref()).map(Outline::bytes).sum();
    let shells = match shells {
        Some(shells) => shells,
        None if settings.boilerplate == Boilerplate::Auto => learn(&mut scanned),
        None => ShellTable::default(),
    };
    let shell_examples = shell_examples(inputs, settings, &scanned, &shells)?;
    let mut digests = digests(inputs, settings, &plan, &mut scanned, &shells, progress)?;
    let records: Vec<Record> =
        scanned.into_iter().zip(&digests).map(|(scanned, digest)| scanned.record(digest.words)).collect();

    progress.begin(Stage::Search, None);
    let twins = twins(&digests);
    let mut held = Held::of(&records, &digests, outline_bytes);
    let profiles: Option<Vec<Profile>> = digests.iter_mut().map(|digest| digest.profile.take()).collect();
    let profiles = profiles.map(|profiles| without_twins(profiles, &twins));
    let Found { pairs, candidates, large_groups } = search(&plan, &Rules::of(settings), &twins, digests);
    let given_up = candidates - pairs.len();
    let texts = Texts { inputs, settings, records: &records, shells: &shells };
    let compared = texts.compare(pairs, progress)?;
    held.add(candidates, &compared);
    let edges = compared.edges;
    let standings: Vec<Standing> =
        records.iter().map(|record| Standing { published: record.published, words: record.words }).collect();
    let clustering = cluster(&twins, &edges, &standings, settings.canonical);
    let events = match profiles.filter(|_| settings.level == Level::Events) {
        Some(profiles) => Some(events::events(&texts, profiles, &clustering, terms, progress)?),
        None => None,
    };
    let exact_duplicates = twins.iter().zip(0..).filter(|&(&first, article)| first != article).count();
    let search = Search { plan, exact_duplicates, candidates, given_up, large_groups, held };
    Ok(Run {
        settings: settings.clone(),
        intake,
        records,
        twins,
        edges,
        clustering,
        events,
        shells,
        shell_examples,
        search,
    })
}

impl Run {
    /// Every edge between articles, those of twins spelled out: each has the edges of the first of its kind, and twins
    /// are identical to each other (in groups of more than 64, to the first alone). In order of `(a, b)`.
    pub fn all_edges(&self) -> Vec<Edge> {
        let mut twins_of: HashMap<u32, Vec<u32>> = HashMap::new();
        for (article, &first) in self.twins.iter().enumerate() {
            if first as usize != article {
                twins_of.entry(first).or_insert_with(|| vec![first]).push(article as u32);
            }
        }
        let group = |first: u32| twins_of.get(&first).cloned().unwrap_or_else(|| vec![first]);
        let mut edges: Vec<Edge> = Vec::new();
        for edge in &self.edges {
            let (left, right) = (group(edge.a), group(edge.b));
            let full = left.len() * right.len() <= MAX_TWIN_CLIQUE * MAX_TWIN_CLIQUE;
            let (left, right) = if full { (&left[..], &right[..]) } else { (&left[..1], &right[..1]) };
            for &a in left {
                edges.extend(right.iter().map(|&b| Edge { a: a.min(b), b: a.max(b), ..*edge }));
            }
        }
        for group in twins_of.values() {
            let centers = if group.len() <= MAX_TWIN_CLIQUE { group.len() } else { 1 };
            for (place, &a) in group[..centers].iter().enumerate() {
                let identical = |&b: &u32| Edge { a, b, comparison: SAME, kind: Kind::Identical };
                edges.extend(group[place + 1..].iter().map(identical));
            }
        }
        edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        edges
    }
}

/// One article after the first pass.
struct Scanned {
    id: String,
    source: Option<String>,
    published: Option<Published>,
    title: Option<String>,
    opening: Option<String>,
    label: Option<String>,
    location: Location,
    /// Hash of all its words, shells and all; `None` where there is none.
    words_hash: Option<u64>,
    outline: Option<Outline>,
    digest: Option<Digest>,
}

impl Scanned {
    fn record(self, words: u32) -> Record {
        let Scanned { id, source, published, title, opening, label, location, .. } = self;
        Record { id, source, published, title, opening, label, words, location }
    }
}

/// What the search needs of one article.
struct Digest {
    /// Hash of its words, shells left out: equal for twins.
    content: u64,
    words: u32,
    shingles: u32,
    /// Empty where the article is too short to be banded.
    signature: Vec<u16>,
    samples: Vec<u32>,
    imprint: Imprint,
    /// Where events are asked for.
    profile: Option<Profile>,
}

/// An opening has at most so many bytes: about a line of a report.
const OPENING_BYTES: usize = 160;

/// A line of fewer words than this is a share button or a date line, and no opening if another line is.
const OPENING_WORDS: usize = 6;

/// The same where words are not divided by spaces: so many characters.
const OPENING_CHARACTERS: usize = 18;

/// What stands for the headline of an article that has none: the beginning of its first line that looks like a sentence.
fn opening(text: &str) -> String {
    let is_sentence = |line: &&str| {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or("");
        match words.next() {
            None => !first.is_ascii() && first.chars().nth(OPENING_CHARACTERS - 1).is_some(),
            Some(_) => words.nth(OPENING_WORDS - 3).is_some(),
        }
    };
    let line = text.lines().find(is_sentence).unwrap_or(text);
    let mut opening = String::new();
    for word in line.split_whitespace() {
        if !opening.is_empty() {
            opening.push(' ');
        }
        if opening.len() + word.len() > OPENING_BYTES {
            // A first word that does not fit is a whole text without spaces.
            let first = opening.is_empty();
            let fitting = word.char_indices().take_while(|(at, _)| first && *at < OPENING_BYTES).last();
            opening.push_str(&word[..fitting.map_or(0, |(at, _)| at)]);
            opening.push('…');
            break;
        }
        opening.push_str(word);
    }
    opening
}

/// Buffers that one thread uses for article after article.
#[derive(Default)]
struct Scratch {
    words: Words,
    hashes: Vec<u64>,
    kept_hashes: Vec<u64>,
    shingles: Vec<u64>,
    table: Vec<u64>,
    profiler: Profiler,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The first pass. Where no shells are to be learned, it makes the digests as well.
fn scan(
    inputs: &Inputs,
    settings: &Settings,
    plan: &Plan,
    learns: bool,
    progress: &dyn Progress,
) -> Result<(Vec<Scanned>, Skipped), ReadError> {
    let learns = learns && settings.boilerplate == Boilerplate::Auto;
    let no_shells = ShellTable::default();
    let digests_now = settings.boilerplate == Boilerplate::Off;
    progress.begin(Stage::Read, inputs.total_bytes());
    let scan = inputs.scan(&settings.read, &|bytes| progress.done(bytes), |article: &Article<'_>| {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.words.read(&article.text);
            let words = &scratch.words;
            let empty = words.is_empty();
            let words_hash = (!empty).then(|| words.fingerprint());
            let source = article.source.as_deref();
            let outline = (learns && !empty).then(|| Outline::of(source.unwrap_or(""), words));
            let digest = (digests_now && !empty).then(|| digest(scratch, article, settings, plan, &no_shells));
            let owned = |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().map(str::to_owned);
            Scanned {
                id: article.id.clone().into_owned(),
                source: owned(&article.source),
                published: article.published,
                title: owned(&article.title),
                opening: article.title.is_none().then(|| opening(&article.text)),
                label: owned(&article.label),
                location: Location::default(),
                words_hash,
                outline,
                digest,
            }
        })
    })?;
    let scanned = scan.articles.into_iter().map(|(location, scanned)| Scanned { location, ..scanned }).collect();
    Ok((scanned, scan.skipped))
}

/// Sets empty articles aside, makes ids unlike each other, and puts the articles in order of id.
fn settle(mut scanned: Vec<Scanned>, intake: &mut Intake) -> Vec<Scanned> {
    intake.empty = scanned.iter().filter(|one| one.words_hash.is_none()).map(|one| one.id.clone()).collect();
    intake.empty.sort_unstable();
    intake.empty_at = scanned.iter().filter(|one| one.words_hash.is_none()).map(|one| one.location).collect();
    scanned.retain(|one| one.words_hash.is_some());
    scanned.par_sort_by(|a, b| {
        // Of records that are one article the first stands for all: one with a time, the earliest.
        let key = |one: &Scanned| (one.words_hash, one.published.is_none(), one.published);
        a.id.cmp(&b.id)
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| (&a.source, &a.title, &a.label).cmp(&(&b.source, &b.title, &b.label)))
            .then_with(|| (&a.opening, a.location).cmp(&(&b.opening, b.location)))
    });
    let mut settled: Vec<Scanned> = Vec::with_capacity(scanned.len());
    let mut clashes = vec![false; scanned.len()];
    let mut repeated_of = Vec::new();
    for one in scanned {
        match settled.last() {
            Some(last) if last.id == one.id && last.words_hash == one.words_hash => {
                repeated_of.push(settled.len() - 1);
                intake.repeated.push(Repeated { id: one.id, location: one.location });
            }
            Some(last) => {
                if last.id == one.id {
                    clashes[settled.len() - 1] = true;
                    clashes[settled.len()] = true;
                }
                settled.push(one);
            }
            None => settled.push(one),
        }
    }
    let clashing = settled.iter_mut().zip(clashes).filter(|(_, clashes)| *clashes);
    for (one, _) in clashing {
        one.id = format!("{}#{:016x}", one.id, one.words_hash.unwrap_or_default());
        intake.renamed.push(one.id.clone());
    }
    if !intake.renamed.is_empty() {
        for (repeated, of) in intake.repeated.iter_mut().zip(repeated_of) {
            repeated.id.clone_from(&settled[of].id);
        }
        settled.sort_by(|a, b| a.id.cmp(&b.id));
    }
    settled
}

fn learn(scanned: &mut [Scanned]) -> ShellTable {
    let outlines: Vec<Outline> = scanned.iter_mut().filter_map(|one| one.outline.take()).collect();
    ShellTable::learn(&outlines)
}

fn shell_examples(
    inputs: &Inputs,
    settings: &Settings,
    scanned: &[Scanned],
    shells: &ShellTable,
) -> Result<Vec<ShellExample>, ReadError> {
    let shown: Vec<_> =
        shells.shells().iter().take(SHELL_EXAMPLES).filter(|shell| (shell.example as usize) < scanned.len()).collect();
    let wanted: Vec<Location> = shown.iter().map(|shell| scanned[shell.example as usize].location).collect();
    let found = inputs.reread(&settings.read, &wanted, &|_| {}, |index, article| {
        let words = Words::of(&article.text);
        let source = article.source.as_deref();
        let range = shells.example(shown[index].key, source.unwrap_or(""), &words)?;
        let text = range.map(|index| words.word(index)).collect::<Vec<_>>().join(" ");
        Some(ShellExample { source: source.map(str::to_owned), text, stories: shown[index].stories })
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The digests of all articles, from the first pass or a second one.
fn digests(
    inputs: &Inputs,
    settings: &Settings,
    plan: &Plan,
    scanned: &mut [Scanned],
    shells: &ShellTable,
    progress: &dyn Progress,
) -> Result<Vec<Digest>, ReadError> {
    let ready: Option<Vec<Digest>> = scanned.iter_mut().map(|one| one.digest.take()).collect();
    if let Some(ready) = ready {
        return Ok(ready);
    }
    progress.begin(Stage::Sketch, inputs.total_bytes());
    let wanted: Vec<Location> = scanned.iter().map(|one| one.location).collect();
    inputs.reread(&settings.read, &wanted, &|bytes| progress.done(bytes), |_, article| {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.words.read(&article.text);
            digest(scratch, article, settings, plan, shells)
        })
    })
}

/// The digest of the article whose words are in `scratch`.
fn digest(
    scratch: &mut Scratch,
    article: &Article<'_>,
    settings: &Settings,
    plan: &Plan,
    shells: &ShellTable,
) -> Digest {
    let Scratch { words, hashes, kept_hashes, shingles, table, profiler } = scratch;
    hashes.clear();
    hashes.extend(words.hashes());
    let kept = shells.kept(article.source.as_deref().unwrap_or(""), words);
    let profile = (settings.level == Level::Events).then(|| profiler.profile(article, words, kept.as_deref()));
    if let Some(kept) = kept {
        kept_hashes.clear();
        kept_hashes.extend(kept.into_iter().flat_map(|run| &hashes[run]));
        std::mem::swap(hashes, kept_hashes);
    }
    shingles_into(hashes, settings.window_words, shingles);
    drop_repeats(shingles, table);
    let slots = if shingles.len() < MIN_BANDED_SHINGLES { 0 } else { plan.banding.slots() };
    let mut signature = vec![0; slots];
    if slots > 0 {
        sign(shingles, &mut signature);
    }
    Digest {
        content: content_hash(hashes),
        words: hashes.len() as u32,
        shingles: shingles.len() as u32,
        signature,
        samples: Samples::of(shingles),
        imprint: Imprint::of(shingles),
        profile,
    }
}

/// For each article the first that has exactly its words.
fn twins(digests: &[Digest]) -> Vec<u32> {
    let mut first: HashMap<(u64, u32), u32> = HashMap::with_capacity(digests.len());
    let key = |digest: &Digest| (digest.content, digest.words);
    digests.iter().zip(0..).map(|(digest, article)| *first.entry(key(digest)).or_insert(article)).collect()
}

/// The profiles, those of all but first twins empty: no other represents a cluster.
fn without_twins(profiles: Vec<Profile>, twins: &[u32]) -> Vec<Profile> {
    let of_first = |(profile, article): (Profile, usize)| {
        if twins[article] as usize == article { profile } else { Profile::default() }
    };
    profiles.into_iter().zip(0..).map(of_first).collect()
}

/// What the search found.
struct Found {
    /// Pairs to compare exactly, in rising order.
    pairs: Vec<(u32, u32)>,
    /// How many were found, those that were given up among them.
    candidates: usize,
    large_groups: usize,
}

/// Candidates among first twins, less those whose imprints show that they are no edge.
fn search(plan: &Plan, rules: &Rules, twins: &[u32], digests: Vec<Digest>) -> Found {
    let firsts: Vec<u32> =
        twins.iter().zip(0..).filter(|&(&first, article)| first == article).map(|(&first, _)| first).collect();
    let mut samples = Samples::new();
    let mut values = Vec::new();
    let (mut content, mut banded) = (Vec::with_capacity(firsts.len()), Vec::with_capacity(firsts.len()));
    let mut imprints: Vec<(Imprint, Size)> = Vec::with_capacity(firsts.len());
    for (digest, _) in digests.into_iter().zip(0u32..).filter(|(_, article)| twins[*article as usize] == *article) {
        samples.push(&digest.samples, digest.shingles as usize);
        if !digest.signature.is_empty() {
            banded.push(content.len() as u32);
            values.extend_from_slice(&digest.signature);
        }
        content.push(digest.content);
        imprints.push((digest.imprint, Size { words: digest.words as usize, shingles: digest.shingles as usize }));
    }
    let signatures = Signatures::from_values(values, plan.banding.slots());
    let Candidates { pairs, large_groups } = candidates(plan, &signatures, &banded, &samples, &content);
    let candidates = pairs.len();
    let may_be_edge = |&(a, b): &(u32, u32)| {
        let ((imprint_a, size_a), (imprint_b, size_b)) = (&imprints[a as usize], &imprints[b as usize]);
        imprint_a.may_share(imprint_b, rules.shared_at_least(*size_a, *size_b))
    };
    let article = |(a, b): (u32, u32)| (firsts[a as usize], firsts[b as usize]);
    let pairs = pairs.into_par_iter().filter(may_be_edge).map(article).collect();
    Found { pairs, candidates, large_groups }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_the_first_line_that_looks_like_a_sentence() {
        let text = "• Zalo\n\nThứ Sáu, 10/12/2021\nNhà lãnh đạo  bị các thành viên chỉ trích.\nTheo tin mới nhất hôm nay, thế giới.";
        assert_eq!(opening(text), "Nhà lãnh đạo bị các thành viên chỉ trích.");
        assert_eq!(
            opening("分享\n本市蔬菜批发价格每日播报，市场供应总体平稳。\n"),
            "本市蔬菜批发价格每日播报，市场供应总体平稳。"
        );
        assert_eq!(opening("tin\nngắn"), "tin ngắn", "no line does, so it is the beginning");
        assert_eq!(opening(" \n"), "");
    }

    #[test]
    fn of_records_that_are_one_article_the_time_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let record = |published: &str| format!("{{\"id\":\"a\",\"text\":\"một hai ba\"{published}}}\n");
        let times = ["", ",\"published\":\"2024-02-06\"", ",\"published\":\"2024-02-05\""];
        std::fs::write(&path, times.map(record).concat()).unwrap();
        let run = run(&[path], &Settings::default(), crate::pipeline::Tables::default(), &()).unwrap();
        let published: Vec<_> = run.records.iter().map(|record| record.published).collect();
        assert_eq!(published, [crate::read::dates::parse("2024-02-05")]);
        assert_eq!(run.intake.repeated.len(), 2);
    }

    /// The words were hashed one behind the other, and an update that moved a decimal point was taken for a repetition.
    #[test]
    fn one_id_with_the_same_letters_in_other_words_is_two_articles() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        let record = |price: &str| format!("{{\"id\":\"a\",\"text\":\"giá {price} triệu đồng\"}}\n");
        std::fs::write(&path, ["3,65", "36,5"].map(record).concat()).unwrap();
        let run = run(&[path], &Settings::default(), crate::pipeline::Tables::default(), &()).unwrap();
        assert_eq!((run.records.len(), run.intake.renamed.len(), run.intake.repeated.len()), (2, 2, 0));
    }

    #[test]
    fn an_opening_is_cut_at_a_word_or_where_there_is_none_at_a_character() {
        let text = "từng chữ một ".repeat(100);
        let words = opening(&text);
        let whole = words.strip_suffix(" …").unwrap();
        assert!(whole.len() <= OPENING_BYTES && text.starts_with(&format!("{whole} ")), "{words}");
        let characters = opening(&"新".repeat(1_000));
        assert!(characters.len() <= OPENING_BYTES + "…".len() && characters.ends_with("新…"), "{characters}");
    }
}
