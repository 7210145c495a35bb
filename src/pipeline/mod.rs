//! The whole order of one run in one process: paths in, a [`Run`] out, from which every report is made.
//!
//! Articles are put in order of their ids as soon as they are read; from then on an article is a position, ties are
//! settled by position, and neither the order of the input nor the number of threads can be seen in any output.
//!
//! Texts are read once or twice, a few of them three times, and held never: once for ids, titles, sketches and shells; those
//! that have shells once more, for sketches without them; and those of candidates for verification, a block at a time
//! (`compare`).

mod compare;
mod digest;
mod events;
mod held;
mod scanned;
mod wall;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::article::{Article, Published};
use crate::boilerplate::{Outline, Outlines, Shell, ShellTable};
use crate::candidates::{Candidates, LEAST_LIST_BYTES, Plan, candidates};
use crate::cluster::{Clustering, SAME, Standing, cluster, content_of};
use crate::events::{Events, Profile, TermTable};
use crate::normalize::Words;
use crate::read::{Inputs, Location, ReadError, Skipped, discover};
use crate::settings::{Boilerplate, Level, Settings, Zone};
use crate::shingle::ImprintHeld;
use crate::sketch::Sketches;
use crate::stored::{LINE_BYTES, Memory, Stored, StoredError, fetch};
use crate::verify::{Edge, Kind, Rules};

use compare::{Blocks, Place};
use digest::{Digester, Head};
use scanned::{Articles, Scanned, Seen};
use wall::Titled;

pub(crate) use compare::Texts;
#[cfg_attr(not(feature = "arrow"), allow(unused_imports, reason = "stages over record batches make them as well"))]
pub(crate) use digest::{Digest, Digests};
pub use events::Reports;
pub use held::Held;

/// A part of a run that takes time, as [`Progress`] is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading, shingling and sketching every article; units are bytes of input.
    Read,
    /// Shingling and sketching again, where shells were left out that could not be known before; units are bytes of records.
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
    /// Its outlet: the same piece of memory in all of its articles.
    pub source: Option<Arc<str>>,
    /// When it was published, on the clock of the run.
    pub published: Option<Published>,
    /// Its headline.
    pub title: Option<Box<str>>,
    /// How its text begins, as written and cut short; only where it has no headline.
    pub opening: Option<Box<str>>,
    /// The label of truth that it carries, for `eval`.
    pub label: Option<Box<str>>,
    /// How many words its text has, shells left out.
    pub words: u32,
    /// A hash of these words and of its title.
    pub content: u64,
    /// Where it stands in the input.
    pub location: Location,
}

impl Record {
    /// Its title, or how its text begins.
    pub fn headline(&self) -> Option<&str> {
        self.title.as_deref().or(self.opening.as_deref())
    }

    /// What clustering needs to know of it.
    pub(crate) fn standing(&self) -> Standing {
        Standing { published: self.published, words: self.words, content: self.content }
    }

    /// What must be known of it to read it again.
    pub(crate) fn place(&self) -> Place {
        Place { location: self.location, words: self.words }
    }
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
    /// The clock on which times are shown, and by which those were read that have no offset.
    pub zone: Zone,
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
    /// Which articles boilerplate is learned from; `None`: all.
    pub learn_from: Option<LearnFrom>,
}

/// Articles that were there before: a new one must not make boilerplate of what it copies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LearnFrom {
    /// All in the inputs from this one on.
    pub from_file: u32,
    /// Those at these places.
    pub places: BTreeSet<Location>,
}

impl LearnFrom {
    fn accepts(&self, location: Location) -> bool {
        location.file >= self.from_file || self.places.contains(&location)
    }
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
    run_within(&Memory::unlimited(), inputs, settings, tables, progress)
}

/// [`run_inputs`] in as much memory as there may be: about so much is held at most, but for what finding events holds.
///
/// # Errors
/// As [`run`]; where a temporary file can't be written; and where the limit is too small even so, with what is needed.
pub fn run_within(
    memory: &Memory,
    inputs: &Inputs,
    settings: &Settings,
    tables: Tables,
    progress: &dyn Progress,
) -> Result<Run, ReadError> {
    let Tables { shells, terms, learn_from } = tables;
    let plan = Plan::of(settings);
    let learns = shells.is_none() && settings.boilerplate == Boilerplate::Auto;
    let shells = match settings.boilerplate {
        Boilerplate::Auto => shells.unwrap_or_default(),
        Boilerplate::Off => ShellTable::off(),
    };
    let mut first = First::new(memory)?;
    let skipped = first.pass(inputs, settings, learns, &shells, progress)?;
    let mut intake = Intake { files: inputs.files().len(), skipped, ..Intake::default() };
    first.settle(inputs, settings, &mut intake)?;
    first.is_enough()?;
    let mut held = Held::of(&first.articles, &first.digests, &first.outlines);
    let (shells, mut shell_examples) = if learns {
        first.learn(inputs, settings, learn_from.as_ref(), progress)?
    } else {
        let examples = shell_examples(inputs, settings, &first.articles.list, &shells)?;
        (shells, examples)
    };
    first.read_days_again(inputs, settings, &shells)?;
    let First { articles, digests, profiles, .. } = first;
    let order: Vec<u32> = articles.list.iter().filter_map(|one| one.digest).collect();
    let heads = || order.iter().map(|&digest| &digests.heads[digest as usize]);
    let words: Vec<u32> = heads().map(|head| head.words).collect();
    let contents: Vec<u64> =
        heads().zip(&articles.list).map(|(head, one)| content_of(head.content, one.title_hash)).collect();

    progress.begin(Stage::Search, None);
    let mut twins = twins(&digests, &order);
    let searched = without_walls(inputs, settings, &articles.list, &mut twins, &mut shell_examples)?;
    let spoken_for = BASE_BYTES + articles.bytes() + digests.bytes_in_memory() + 20 * order.len() as u64;
    let rules = Rules::of(settings);
    let found = search(&plan, &rules, &searched, &order, digests, &memory.less(spoken_for))?;
    let Found { pairs, candidates, large_groups } = found;
    let given_up = candidates - pairs.len();
    let place =
        |article: u32| Place { location: articles.list[article as usize].location, words: words[article as usize] };
    let texts = Texts { inputs, settings, articles: order.len(), place: &place, shells: &shells };
    let spoken_for = BASE_BYTES + articles.bytes() + 32 * order.len() as u64 + size_of_val(&pairs[..]) as u64;
    let compared = texts.compare(memory.less(spoken_for).limit(), pairs, progress)?;
    held.add(candidates, &compared);
    let edges = compared.edges;
    let standing =
        |((one, &words), &content): ((&Scanned, &u32), &u64)| Standing { published: one.published, words, content };
    let standings: Vec<Standing> = articles.list.iter().zip(&words).zip(&contents).map(standing).collect();
    let clustering = cluster(&twins, &edges, &standings, settings.canonical);
    drop(standings);
    let events = match profiles.filter(|_| settings.level == Level::Events) {
        Some(profiles) => {
            let profiles = in_order(profiles, &order, &searched, &clustering);
            Some(events::events(&texts, profiles, &clustering, terms, progress)?)
        }
        None => None,
    };
    let records = articles.into_records(&words, &contents, &zone(inputs))?;
    let exact_duplicates = twins.iter().zip(0..).filter(|&(&first, article)| first != article).count();
    let search = Search { plan, exact_duplicates, candidates, given_up, large_groups, held };
    Ok(Run {
        settings: settings.clone(),
        intake,
        zone: zone(inputs),
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

/// The clock of inputs that were read; UTC of none.
fn zone(inputs: &Inputs) -> Zone {
    inputs.zone().cloned().unwrap_or_else(Zone::utc)
}

/// What a run holds of even the smallest input: blocks that are being read, the words that threads have met, what is sorted.
const BASE_BYTES: u64 = 60 << 20;

impl Run {
    /// What it holds, about, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let Held { records, edges, .. } = self.search.held;
        BASE_BYTES + records + edges
    }

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

thread_local! {
    static DIGESTER: RefCell<Digester> = RefCell::default();
}

/// What the first pass finds; articles in input order, then in that of their ids.
struct First {
    memory: Memory,
    articles: Articles,
    /// Of those that have words, in input order, as are outlines and profiles.
    digests: Digests,
    outlines: Outlines,
    /// Where events are asked for.
    profiles: Option<Vec<Profile>>,
    /// The shells without which those articles were digested that say so.
    guess: ShellTable,
    /// Articles whose days were read on the clock of UTC, for that of the input was not known yet, with the numbers of their digests.
    moved: Vec<(u32, Location)>,
}

/// From the first so many articles it is guessed what the shells of all will be. Enough that the shells of large outlets are
/// among them, few enough that hardly any article is read again for having come before.
const ARTICLES_TO_GUESS_FROM: usize = if cfg!(test) { 32 } else { 8192 };

impl First {
    fn new(memory: &Memory) -> Result<First, StoredError> {
        Ok(First {
            memory: memory.clone(),
            articles: Articles::new(memory)?,
            digests: Digests::new(memory)?,
            outlines: Outlines::new(memory)?,
            profiles: None,
            guess: ShellTable::default(),
            moved: Vec::new(),
        })
    }

    /// The first pass: what there is, and the digests of all that has words, without the shells of `shells`. `learns`: whether
    /// outlines are kept to learn other shells from. What these will be is guessed as soon as some thousand articles were read:
    /// of most later ones the digest is the right one then, and of the others it is made again.
    fn pass(
        &mut self,
        inputs: &Inputs,
        settings: &Settings,
        learns: bool,
        shells: &ShellTable,
        progress: &dyn Progress,
    ) -> Result<Skipped, ReadError> {
        progress.begin(Stage::Read, inputs.total_bytes());
        self.profiles = (settings.level == Level::Events).then(Vec::new);
        let guess = OnceLock::new();
        let (mut taken, failed) = (Ok(()), AtomicBool::new(false));
        let skipped = inputs.scan_into(
            &settings.read,
            &|bytes| progress.done(bytes),
            |article| {
                let guess = guess.get();
                // Nobody waits for what comes behind a failure.
                (!failed.load(Ordering::Relaxed)).then(|| {
                    let (seen, digest) = seen(article, settings, learns, guess.unwrap_or(shells));
                    (Seen { guessed: guess.is_some(), ..seen }, digest)
                })
            },
            &mut |location, seen: Option<(Seen, Option<Digest>)>| {
                let Some((seen, digest)) = seen.filter(|_| taken.is_ok()) else { return };
                taken = self.take(location, &seen, digest);
                if taken.is_ok() && learns && self.articles.list.len() == ARTICLES_TO_GUESS_FROM {
                    taken = ShellTable::learn_from(&self.outlines, Some).map_err(ReadError::from).map(|shells| {
                        guess.get_or_init(|| shells);
                    });
                }
                failed.store(taken.is_err(), Ordering::Relaxed);
            },
        )?;
        self.guess = guess.into_inner().unwrap_or_default();
        taken?;
        let zone = zone(inputs);
        for one in &mut self.articles.list {
            let Some(time) = &mut one.published else { continue };
            *time = time.settled(&zone);
            let is_of_no_place = time.offset_minutes == Some(0) && !time.is_day;
            if is_of_no_place && zone.offset_minutes(time.epoch_seconds) != 0 {
                *time = time.on_clock_of(&zone);
                self.moved.extend(one.digest.map(|number| (number, one.location)));
            }
        }
        Ok(skipped)
    }

    fn take(&mut self, location: Location, seen: &Seen, digest: Option<Digest>) -> Result<(), ReadError> {
        let number = digest.is_some().then_some(self.digests.heads.len() as u32);
        if let Some(mut digest) = digest {
            self.digests.push(&digest)?;
            self.profiles.iter_mut().for_each(|profiles| profiles.push(digest.profile.take().unwrap_or_default()));
        }
        if let Some(outline) = &seen.outline {
            self.outlines.push(outline)?;
        }
        self.articles.push(location, seen, number)?;
        // Before everything is held that is too much.
        if self.articles.list.len().is_multiple_of(ARTICLES_TO_ASK_AFTER) { self.is_enough() } else { Ok(()) }
    }

    /// Sets empty articles aside, makes ids unlike each other, and puts the articles in order of id. Only of the few that have the id
    /// of another a hash of their words is asked, for which they are read again.
    fn settle(&mut self, inputs: &Inputs, settings: &Settings, intake: &mut Intake) -> Result<(), ReadError> {
        self.articles.set_empty_aside(intake);
        self.articles.sort();
        let mut tied = self.articles.tied();
        if tied.is_empty() {
            return Ok(());
        }
        let wanted: Vec<Location> = tied.iter().map(|one| one.location).collect();
        let hashes =
            inputs.reread(&settings.read, &wanted, &|_| {}, |_, article| Words::of(&article.text).fingerprint())?;
        tied.iter_mut().zip(hashes).for_each(|(one, hash)| one.words_hash = hash);
        self.articles.sort_tied()?;
        self.articles.tell_apart(intake);
        Ok(())
    }

    /// Reads the days of those articles again that have another clock than was thought.
    fn read_days_again(&mut self, inputs: &Inputs, settings: &Settings, shells: &ShellTable) -> Result<(), ReadError> {
        let Some(profiles) = &mut self.profiles else { return Ok(()) };
        let (numbers, wanted): (Vec<u32>, Vec<Location>) = std::mem::take(&mut self.moved).into_iter().unzip();
        let profile = |_, article: &Article<'_>| Profile::of(article, &Words::of(&article.text), shells);
        inputs.reread_into(&settings.read, &wanted, &|_| (), profile, &mut |index, profile| {
            profiles[numbers[index] as usize] = profile;
        })
    }

    /// Whether the limit is enough for what no temporary file holds.
    fn is_enough(&self) -> Result<(), ReadError> {
        let searching =
            self.articles.bytes() + self.digests.bytes_in_memory() + BYTES_SEARCHING * self.articles.list.len() as u64;
        let needed = BASE_BYTES + (searching + LEAST_LIST_BYTES).max(self.articles.bytes_of_records());
        match self.memory.limit() {
            Some(limit) if limit < needed => {
                Err(ReadError::MemoryLimit { limit, needed, articles: self.articles.list.len() })
            }
            _ => Ok(()),
        }
    }

    /// Learns shells, and leaves them out of the digests: only the articles are read again that have others than those which
    /// were left out already. Returns examples of the most frequent ones as well.
    fn learn(
        &mut self,
        inputs: &Inputs,
        settings: &Settings,
        learn_from: Option<&LearnFrom>,
        progress: &dyn Progress,
    ) -> Result<(ShellTable, Vec<ShellExample>), ReadError> {
        let First { articles: Articles { list, .. }, digests, outlines, profiles, guess, .. } = self;
        // Each article that has words has an outline, and its number is that of its digest.
        let mut places = vec![None; digests.heads.len()];
        list.iter()
            .zip(0..)
            .for_each(|(one, place)| one.digest.into_iter().for_each(|number| places[number as usize] = Some(place)));
        let outlines = std::mem::take(outlines);
        let teaches = |&place: &u32| learn_from.is_none_or(|from| from.accepts(list[place as usize].location));
        let shells = ShellTable::learn_from(&outlines, |number| places[number as usize].filter(teaches))?;
        let none = ShellTable::default();
        let left_out = |number: u32| match places[number as usize] {
            Some(place) if list[place as usize].guessed => &*guess,
            _ => &none,
        };
        let differing = outlines.differing(&shells, left_out)?;
        drop(outlines);
        let shown = shells.shells().iter().take(SHELL_EXAMPLES).map(|shell| shell.example);
        let mut again: Vec<u32> =
            differing.into_iter().filter_map(|number| places[number as usize]).chain(shown).collect();
        again.sort_unstable();
        again.dedup();
        let wanted: Vec<Location> = again.iter().map(|&place| list[place as usize].location).collect();
        if !wanted.is_empty() {
            progress.begin(Stage::Sketch, Some(wanted.iter().map(|location| u64::from(location.length)).sum()));
        }
        let mut examples = vec![None; shells.shells().len().min(SHELL_EXAMPLES)];
        let mut replaced = Ok(());
        inputs.reread_into(
            &settings.read,
            &wanted,
            &|bytes| progress.done(bytes),
            |index, article| {
                DIGESTER.with_borrow_mut(|digester| {
                    digester.words.read(&article.text);
                    let examples = examples_in(again[index], article, &digester.words, &shells);
                    (examples, digester.digest(article, settings, &shells))
                })
            },
            &mut |index, (found, mut digest): (Vec<(usize, ShellExample)>, Digest)| {
                found.into_iter().for_each(|(shell, example)| examples[shell] = Some(example));
                let Some(number) = list[again[index] as usize].digest.filter(|_| replaced.is_ok()) else { return };
                replaced = digests.replace(number as usize, &digest);
                if let (Some(profiles), Some(profile)) = (profiles.as_mut(), digest.profile.take()) {
                    profiles[number as usize] = profile;
                }
            },
        )?;
        replaced?;
        Ok((shells, examples.into_iter().flatten().collect()))
    }
}

/// Whether the limit is enough is asked whenever so many more articles were read.
const ARTICLES_TO_ASK_AFTER: usize = 4096;

/// What the search holds of an article beside what is held of it anyway.
const BYTES_SEARCHING: u64 = 160;

/// One article, and its digest if it has words.
fn seen(article: &Article<'_>, settings: &Settings, learns: bool, shells: &ShellTable) -> (Seen, Option<Digest>) {
    DIGESTER.with_borrow_mut(|digester| {
        digester.words.read(&article.text);
        let empty = digester.words.is_empty();
        let source = article.source.as_deref();
        let outline = (learns && !empty).then(|| Outline::of(source.unwrap_or(""), &digester.words));
        let digest = (!empty).then(|| digester.digest(article, settings, shells));
        let owned = |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().map(str::to_owned);
        let seen = Seen {
            id: article.id.clone().into_owned(),
            source: owned(&article.source),
            published: article.published,
            title: owned(&article.title),
            opening: article.title.is_none().then(|| opening(&article.text)),
            label: owned(&article.label),
            guessed: false,
            outline,
        };
        (seen, digest)
    })
}

/// Of the most frequent shells those whose example is the article at `place`, each with its place among them.
fn examples_in(place: u32, article: &Article<'_>, words: &Words, shells: &ShellTable) -> Vec<(usize, ShellExample)> {
    let source = article.source.as_deref();
    let shown = shells.shells().iter().take(SHELL_EXAMPLES).enumerate().filter(|(_, shell)| shell.example == place);
    let example = |(index, shell): (usize, &Shell)| {
        let range = shells.example(shell.key, source.unwrap_or(""), words)?;
        let text = range.map(|index| words.word(index)).collect::<Vec<_>>().join(" ");
        Some((index, ShellExample { source: source.map(str::to_owned), text, stories: shell.stories }))
    };
    shown.filter_map(example).collect()
}

/// Examples of the most frequent shells of a table that was given.
fn shell_examples(
    inputs: &Inputs,
    settings: &Settings,
    scanned: &[Scanned],
    shells: &ShellTable,
) -> Result<Vec<ShellExample>, ReadError> {
    let shown: Vec<u32> = shells.shells().iter().take(SHELL_EXAMPLES).map(|shell| shell.example).collect();
    let mut wanted: Vec<u32> = shown.into_iter().filter(|&example| (example as usize) < scanned.len()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let locations: Vec<Location> = wanted.iter().map(|&example| scanned[example as usize].location).collect();
    let found = inputs.reread(&settings.read, &locations, &|_| {}, |index, article| {
        examples_in(wanted[index], article, &Words::of(&article.text), shells)
    })?;
    let mut found: Vec<(usize, ShellExample)> = found.into_iter().flatten().collect();
    found.sort_unstable_by_key(|&(shell, _)| shell);
    Ok(found.into_iter().map(|(_, example)| example).collect())
}

/// The digest of one article under the shells of a table; `None` where it has no word.
#[cfg(feature = "arrow")]
pub(crate) fn digest(article: &Article<'_>, settings: &Settings, shells: &ShellTable) -> Option<Digest> {
    DIGESTER.with_borrow_mut(|digester| {
        digester.words.read(&article.text);
        (!digester.words.is_empty()).then(|| digester.digest(article, settings, shells))
    })
}

/// For each article the first that has exactly its words, with its shells or without: the same text of two outlets is one,
/// though one of them has a shell that the other has not. `order`: which digest each has.
pub(crate) fn twins(digests: &Digests, order: &[u32]) -> Vec<u32> {
    let mut first: HashMap<u64, u32> = HashMap::with_capacity(order.len());
    let mut groups = crate::cluster::Components::new(order.len());
    for (&digest, article) in order.iter().zip(0..) {
        let head = &digests.heads[digest as usize];
        for words in [head.content, head.whole] {
            let known = *first.entry(words).or_insert(article);
            if known != article {
                groups.join(known, article);
            }
        }
    }
    (0..order.len() as u32).map(|article| groups.first(article)).collect()
}

/// Takes apart the twins whose one text is a wall: it stands under many titles, and speaks of none of them. They are copies of
/// nothing: their entries in `twins` are their own, and what is returned has [`u32::MAX`] for them instead. The walls are
/// added to the examples of shells.
fn without_walls(
    inputs: &Inputs,
    settings: &Settings,
    list: &[Scanned],
    twins: &mut [u32],
    examples: &mut Vec<ShellExample>,
) -> Result<Vec<u32>, ReadError> {
    let mut searched = twins.to_vec();
    if settings.boilerplate == Boilerplate::Off {
        return Ok(searched);
    }
    let mut members: Vec<(u32, u32)> = twins.iter().copied().zip(0..).collect();
    members.sort_unstable();
    let groups: Vec<&[(u32, u32)]> =
        members.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() >= wall::MIN_TITLES).collect();
    let looked_at = |group: &[(u32, u32)]| group.len().min(wall::MOST_LOOKED_AT);
    let mut wanted: Vec<u32> =
        groups.iter().flat_map(|group| group[..looked_at(group)].iter().map(|member| member.1)).collect();
    wanted.sort_unstable();
    let places: Vec<Location> = wanted.iter().map(|&article| list[article as usize].location).collect();
    let titles = inputs.reread(&settings.read, &places, &|_| {}, |_, article| Titled::of(article))?;
    for group in groups {
        let of = |&(_, article): &(u32, u32)| &titles[wanted.partition_point(|&other| other < article)];
        let titles: Vec<&Titled> = group[..looked_at(group)].iter().map(of).collect();
        if let Some(stories) = wall::titles_of_a_wall(&titles) {
            examples.push(ShellExample { source: None, text: titles[0].beginning.clone(), stories });
            for &(_, article) in group {
                (twins[article as usize], searched[article as usize]) = (article, u32::MAX);
            }
        }
    }
    Ok(searched)
}

/// The profiles in order of articles, those of all that represent no cluster and of walls empty. `order`: which each has; `searched`: see
/// [`without_walls`].
fn in_order(mut profiles: Vec<Profile>, order: &[u32], searched: &[u32], clustering: &Clustering) -> Vec<Profile> {
    let report_of = clustering.cluster_of(order.len());
    let is_report = |article: u32| report_of[article as usize] == article && searched[article as usize] != u32::MAX;
    let of_report = |(&number, article): (&u32, u32)| {
        if is_report(article) { std::mem::take(&mut profiles[number as usize]) } else { Profile::default() }
    };
    order.iter().zip(0..).map(of_report).collect()
}

/// So many pairs are looked at by one thread before it looks for others.
const PAIRS_AT_ONCE: usize = 4096;

/// What the search found.
pub(crate) struct Found {
    /// Pairs to compare exactly, in rising order.
    pub(crate) pairs: Vec<(u32, u32)>,
    /// How many were found, those that were given up among them.
    candidates: usize,
    large_groups: usize,
}

/// Candidates among first twins, less those whose imprints show that they are no edge. `order`: which digest each article
/// has. `memory`: what the search may hold.
pub(crate) fn search(
    plan: &Plan,
    rules: &Rules,
    twins: &[u32],
    order: &[u32],
    digests: Digests,
    memory: &Memory,
) -> Result<Found, StoredError> {
    let Digests { heads: all, samples, imprints } = digests;
    let is_first = |&(&first, article): &(&u32, u32)| first == article;
    let firsts: Vec<u32> = twins.iter().zip(0..).filter(is_first).map(|(&first, _)| first).collect();
    let heads: Vec<Head> = firsts.iter().map(|&first| all[order[first as usize] as usize]).collect();
    drop(all);
    let sketches = Sketches::among(samples, heads.iter().map(|head| (head.samples(), head.shingles as usize)));
    let content: Vec<u64> = heads.iter().map(|head| head.content).collect();
    let Candidates { pairs, large_groups } = candidates(plan, sketches, &content, memory)?;
    let candidates = pairs.len();
    let budget = memory.less(2 * size_of_val(&pairs[..]) as u64).limit().unwrap_or(u64::MAX) / 2;
    let mut pairs = may_be_edges(pairs, &heads, &imprints, rules, budget)?;
    let article = |(a, b): &mut (u32, u32)| (*a, *b) = (firsts[*a as usize], firsts[*b as usize]);
    pairs.par_iter_mut().for_each(article);
    Ok(Found { pairs, candidates, large_groups })
}

/// Imprints of so many pairs stay near until they are compared.
const IMPRINTS_FETCHED: usize = 16;

/// Those pairs that may be edges, as far as their imprints show. `budget`: how many bytes of imprints may be held at once, where
/// they are not in memory anyway.
fn may_be_edges(
    pairs: Vec<(u32, u32)>,
    heads: &[Head],
    imprints: &Stored<u8>,
    rules: &Rules,
    budget: u64,
) -> Result<Vec<(u32, u32)>, StoredError> {
    let left = |pairs: &[(u32, u32)], imprint: &(dyn Fn(u32) -> Range<usize> + Sync), imprints: &[u8]| {
        // The pairs of one article follow each other.
        let of_some = |pairs: &[(u32, u32)]| {
            let (mut held, mut found) = (ImprintHeld::default(), Vec::new());
            let mut may_be_edge = |&&(a, b): &&(u32, u32)| {
                let at_least = rules.shared_at_least(heads[a as usize].size(), heads[b as usize].size());
                held.may_share(&imprints[imprint(a)], &imprints[imprint(b)], at_least)
            };
            for pairs in pairs.chunks(IMPRINTS_FETCHED) {
                fetch(pairs.iter().flat_map(|&(_, b)| imprints[imprint(b)].iter().step_by(LINE_BYTES)));
                found.extend(pairs.iter().filter(&mut may_be_edge).copied());
            }
            found
        };
        let parts: Vec<Vec<(u32, u32)>> = pairs.par_chunks(PAIRS_AT_ONCE).map(of_some).collect();
        parts.concat()
    };
    if let Some(imprints) = imprints.in_memory() {
        return Ok(left(&pairs, &|one| heads[one as usize].imprint(), imprints));
    }
    let bytes_of = |one: u32| heads[one as usize].imprint().len() as u64;
    let (mut found, mut blocks) = (Vec::new(), Blocks::new(heads.len(), budget.max(LEAST_LIST_BYTES)));
    let mut rest = &pairs[..];
    while !rest.is_empty() {
        let (block, after) = rest.split_at(blocks.next(rest, &bytes_of).pairs);
        let mut involved: Vec<u32> = block.iter().flat_map(|&(a, b)| [a, b]).collect();
        involved.par_sort_unstable();
        involved.dedup();
        // In the order in which they stand in the file.
        let mut places: Vec<u32> = (0..involved.len() as u32).collect();
        places.par_sort_unstable_by_key(|&place| heads[involved[place as usize] as usize].imprint().start);
        let (mut held, mut ranges) = (Vec::new(), vec![0..0; involved.len()]);
        let mut reader = imprints.reader();
        for place in places {
            let at = held.len();
            held.extend(reader.get(heads[involved[place as usize] as usize].imprint())?);
            ranges[place as usize] = at..held.len();
        }
        // Both of every pair are among those involved.
        let imprint = |one: u32| ranges[involved.partition_point(|&other| other < one)].clone();
        found.extend(left(block, &imprint, &held));
        rest = after;
    }
    Ok(found)
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
    fn what_was_guessed_of_shells_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        // Several blocks, so that there is a guess when the later articles are read. It knows nothing of one line that many of them
        // end with, and of two others it can't know that they are to stand in 60 copies of one story.
        let line = |number: usize| match number {
            0..16 => "Theo báo chí trong nước.\\n",
            16..24 => "Ảnh minh hoạ của tác giả.\\n",
            _ if number.is_multiple_of(2) => "Bản quyền thuộc về toà soạn.\\n",
            _ => "Ảnh minh hoạ của tác giả.\\nTheo báo chí trong nước.\\n",
        };
        let story = |number: usize| if number % 2 == 1 && number > 40 { 1 } else { number };
        let text = |number: usize| -> String {
            (0..600).map(|word| format!("{}{word}.\\n", "x".repeat(60 + story(number) % 9 + story(number)))).collect()
        };
        let article = |number| format!("{{\"id\":\"{number:03}\",\"text\":\"{}{}\"}}\n", text(number), line(number));
        std::fs::write(&path, (0..160).map(article).collect::<String>()).unwrap();
        let settings = Settings::default();
        let learned = run(std::slice::from_ref(&path), &settings, Tables::default(), &()).unwrap();
        let tables = Tables { shells: Some(learned.shells.clone()), ..Tables::default() };
        let given = run(&[path], &settings, tables, &()).unwrap();
        assert!(!learned.shells.shells().is_empty() && learned.search.exact_duplicates > 50);
        assert_eq!(learned.records, given.records);
        assert_eq!((learned.edges, learned.twins), (given.edges, given.twins));
        assert_eq!(learned.search.candidates, given.search.candidates);
    }

    #[test]
    fn a_limit_of_memory_changes_nothing_but_what_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        // Stories in versions, some word for word, with shells that the first articles know nothing of; ids that clash; no words.
        let article = |number: usize| {
            let story = |place: usize| if place < 75 { number % 23 } else { 100 + number % 4 };
            let text: String = (0..90).map(|place| format!("t{}x{place} ", story(place))).collect();
            let shell = if number > 60 { "\\nBản quyền thuộc về toà soạn báo này." } else { "" };
            let title = if number.is_multiple_of(3) { format!(",\"title\":\"Tin {number}\"") } else { String::new() };
            let (source, text) = (number % 2, if number % 50 == 7 { "" } else { &text[..] });
            format!("{{\"id\":\"{}\",\"source\":\"s{source}\",\"text\":\"{text}{shell}\"{title}}}\n", number % 180)
        };
        std::fs::write(&path, (0..200).map(article).collect::<String>()).unwrap();
        for boilerplate in [Boilerplate::Auto, Boilerplate::Off] {
            let settings = Settings { boilerplate, level: Level::Copies, ..Settings::default() };
            let inputs = discover(std::slice::from_ref(&path), &settings.read).unwrap();
            let within = |bytes| {
                let memory = Memory::limited(bytes, folder.path().to_owned());
                run_within(&memory, &inputs, &settings, Tables::default(), &())
            };
            let Err(ReadError::MemoryLimit { limit: 1, needed, articles }) = within(1) else {
                panic!("a byte is too little")
            };
            let free = run_inputs(&inputs, &settings, Tables::default(), &()).unwrap();
            let Intake { renamed, empty, .. } = &free.intake;
            assert!(articles == free.records.len() && !renamed.is_empty() && !empty.is_empty());
            assert!(free.edges.len() > 100 && free.search.exact_duplicates > 5 && free.search.held.in_files == 0);
            for bytes in [needed, 1 << 30] {
                let mut limited = within(bytes).unwrap();
                assert!(limited.search.held.in_files > 10_000);
                limited.search.held = free.search.held;
                assert_eq!(limited, free);
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files are gone");
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
        assert_eq!(published, [crate::days::published::parse("2024-02-05")]);
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
