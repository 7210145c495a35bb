//! Every stage as a piece of work that can be done again and again: `stages.rs` measures its time, `instructions.rs` counts
//! its instructions.
//!
//! What a stage needs of those before it is prepared beforehand, and is no part of its work.

use std::hint::black_box;
use std::path::PathBuf;

use tempfile::TempDir;
use wirecopy::article::Article;
use wirecopy::boilerplate::{Outline, ShellTable};
use wirecopy::candidates::{Plan, candidates};
use wirecopy::cluster::{Standing, cluster};
use wirecopy::events::{Profile, TermTable, find};
use wirecopy::normalize::Words;
use wirecopy::pipeline::{self, Run, Tables};
use wirecopy::read;
use wirecopy::report::{self, Format, ReportOptions, TextOptions};
use wirecopy::settings::{Boilerplate, Level, Measure, Settings};
use wirecopy::shingle::{ShingleSet, Shingler, imprint, shingles_into};
use wirecopy::sketch::{Sketches, sketch};
use wirecopy::stored::Memory;
use wirecopy::verify::{Edge, Reading, Rules, verify};

use crate::corpus;

/// Two articles so far apart are strangers, but for the few that belong to one family.
const STRANGER_DISTANCE: usize = 7;

/// Lists in memory have no file that could fail.
const IN_MEMORY: &str = "in memory";

/// As scripts ask for it: with every pair.
const REPORT: ReportOptions =
    ReportOptions { format: Format::Json, edges: true, text: TextOptions { width: 100, color: false, top: 10 } };

/// A stage, or a part of it.
pub(crate) struct Stage<'a> {
    /// The module that does it.
    pub(crate) module: &'static str,
    /// Which of its work this is.
    pub(crate) part: &'static str,
    /// What the work grows with.
    pub(crate) per: Per,
    /// Does all of it once.
    pub(crate) work: Box<dyn FnMut() + 'a>,
}

/// What a stage's work grows with.
#[derive(Clone, Copy)]
pub(crate) enum Per {
    /// All articles.
    Articles,
    /// So many pairs.
    Pairs(usize),
}

/// Articles, and what each stage makes of them for the next.
pub(crate) struct Prepared {
    pub(crate) articles: Vec<Article<'static>>,
    pub(crate) folder: TempDir,
    settings: Settings,
    plan: Plan,
    words: Vec<Words>,
    shells: ShellTable,
    hashes: Vec<Vec<u64>>,
    sets: Vec<ShingleSet>,
    sketches: Sketches,
    content: Vec<u64>,
    readings: Vec<Reading>,
    pairs: Vec<(u32, u32)>,
    strangers: Vec<(u32, u32)>,
    edges: Vec<Edge>,
    profiles: Vec<Profile>,
    run: Run,
}

impl Prepared {
    pub(crate) fn new(count: usize) -> Prepared {
        let settings = Settings::default();
        let plan = Plan::of(&settings);
        let articles = corpus::articles(&corpus::Pool::load(), count);
        let folder = written(&articles);
        let words: Vec<Words> = articles.iter().map(|article| Words::of(&article.text)).collect();
        let shells = ShellTable::learn(&outlines(&articles, &words));
        let readings: Vec<Reading> =
            articles.iter().map(|article| Reading::of(article, &shells, settings.window_words)).collect();
        let hashes: Vec<Vec<u64>> = readings.iter().map(|reading| reading.words.clone()).collect();
        let sets: Vec<ShingleSet> = readings.iter().map(|reading| reading.set.clone()).collect();
        let mut sketches = Sketches::new();
        sets.iter().for_each(|set| sketches.push(&sketch(set.as_slice()), set.len()).expect(IN_MEMORY));
        let content: Vec<u64> = sets.iter().map(|set| set.as_slice().first().copied().unwrap_or_default()).collect();
        let pairs = candidates(&plan, &sketches, &content, &Memory::unlimited()).expect(IN_MEMORY).pairs;
        let strangers = (0..(count - STRANGER_DISTANCE) as u32)
            .map(|article| (article, article + STRANGER_DISTANCE as u32))
            .collect();
        let edges = edges(&pairs, &readings, &Rules::of(&settings));
        let mut profiles = profiles(&articles, &words, &shells);
        weigh(&mut profiles);
        let run = run(&folder, &settings);
        Prepared {
            articles,
            settings,
            folder,
            plan,
            words,
            shells,
            hashes,
            sets,
            sketches,
            content,
            readings,
            pairs,
            strangers,
            edges,
            profiles,
            run,
        }
    }

    /// Every stage, in the order of the data.
    pub(crate) fn stages(&self) -> Vec<Stage<'_>> {
        let mut stages = Vec::new();
        stages.extend(self.texts());
        stages.extend(self.search());
        stages.extend(self.answers());
        stages
    }

    /// From bytes to words without shells.
    fn texts(&self) -> Vec<Stage<'_>> {
        let inputs = read::discover(&[file_in(&self.folder)], &self.settings.read).expect("the file was just written");
        let outlines_made = outlines(&self.articles, &self.words);
        let mut words = Words::default();
        vec![
            of_articles("read", "json_lines", move || {
                black_box(inputs.scan(&self.settings.read, &|_| {}, |article| article.text.len()))
                    .expect("it is there");
            }),
            of_articles("normalize", "words", move || {
                for article in &self.articles {
                    words.read(black_box(&article.text));
                }
            }),
            of_articles("normalize", "hashes", || {
                black_box(self.words.iter().map(|words| words.hashes().fold(0, u64::wrapping_add)).max());
            }),
            of_articles("boilerplate", "outline", || {
                black_box(outlines(&self.articles, &self.words));
            }),
            of_articles("boilerplate", "learn", move || {
                black_box(ShellTable::learn(black_box(&outlines_made)));
            }),
            of_articles("boilerplate", "kept", || {
                for (article, words) in self.articles.iter().zip(&self.words) {
                    black_box(self.shells.kept(outlet(article), words));
                }
            }),
        ]
    }

    /// From words to candidates.
    fn search(&self) -> Vec<Stage<'_>> {
        let window_words = self.settings.window_words;
        let mut shingles = Vec::new();
        let mut shingler = Shingler::default();
        vec![
            of_articles("shingle", "shingles", move || {
                for hashes in &self.hashes {
                    shingles_into(black_box(hashes), window_words, &mut shingles);
                }
            }),
            of_articles("shingle", "different", move || {
                for hashes in &self.hashes {
                    black_box(shingler.different(black_box(hashes), window_words));
                }
            }),
            of_articles("shingle", "imprint", || {
                self.sets.iter().for_each(|set| drop(black_box(imprint(black_box(set.as_slice())))));
            }),
            of_articles("sketch", "sketch", || {
                self.sets.iter().for_each(|set| drop(black_box(sketch(black_box(set.as_slice())))));
            }),
            of_articles("candidates", "search", || {
                black_box(
                    candidates(&self.plan, &self.sketches, &self.content, &Memory::unlimited()).expect(IN_MEMORY),
                );
            }),
        ]
    }

    /// From candidates to a report.
    fn answers(&self) -> Vec<Stage<'_>> {
        let rules = Rules::of(&self.settings);
        let standing = |(article, words): (&Article<'_>, &Words)| Standing {
            published: article.published,
            words: words.len() as u32,
            content: 0,
        };
        let standings: Vec<Standing> = self.articles.iter().zip(&self.words).map(standing).collect();
        let twins: Vec<u32> = (0..self.articles.len() as u32).collect();
        let mut weighed = self.profiles.clone();
        let mut stages = vec![of_articles("verify", "reading", || {
            for article in &self.articles {
                black_box(Reading::of(article, &self.shells, self.settings.window_words));
            }
        })];
        for (part, pairs) in [("candidates", &self.pairs), ("strangers", &self.strangers)] {
            let work = Box::new(move || {
                black_box(edges(black_box(pairs), &self.readings, &rules));
            });
            stages.push(Stage { module: "verify", part, per: Per::Pairs(pairs.len()), work });
        }
        stages.extend([
            of_articles("cluster", "cluster", move || {
                black_box(cluster(&twins, black_box(&self.edges), &standings, self.settings.canonical));
            }),
            of_articles("events", "profiles", || {
                black_box(profiles(&self.articles, &self.words, &self.shells));
            }),
            of_articles("events", "weigh", move || weigh(black_box(&mut weighed))),
            of_articles("events", "find", || {
                black_box(find(black_box(&self.profiles), &[], 0.0));
            }),
            of_articles("report", "json", || {
                let mut written = Vec::new();
                report::write(&self.run, &REPORT, &mut written).expect("a Vec takes every byte");
                black_box(written);
            }),
        ]);
        stages
    }
}

/// All stages at once, from the file that [`written`] left to what a report is made of.
pub(crate) fn whole(folder: &TempDir) -> Vec<Stage<'_>> {
    let copies = Settings { level: Level::Copies, ..Settings::default() };
    // What the peers can follow: Jaccard, no shells, no events.
    let like_for_like = Settings {
        measure: Measure::Jaccard,
        threshold: Some(0.7),
        boilerplate: Boilerplate::Off,
        level: Level::Copies,
        ..Settings::default()
    };
    let whole = |(part, settings): (&'static str, Settings)| {
        of_articles("pipeline", part, move || {
            black_box(run(folder, &settings));
        })
    };
    [("defaults", Settings::default()), ("copies", copies), ("like_for_like", like_for_like)].map(whole).into()
}

fn of_articles<'a>(module: &'static str, part: &'static str, work: impl FnMut() + 'a) -> Stage<'a> {
    Stage { module, part, per: Per::Articles, work: Box::new(work) }
}

fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("corpus.jsonl")
}

/// A folder with these articles in a file, as a crawler would leave them.
pub(crate) fn written(articles: &[Article<'_>]) -> TempDir {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written to");
    std::fs::write(file_in(&folder), corpus::json_lines(articles)).expect("there is room for temporary files");
    folder
}

fn run(folder: &TempDir, settings: &Settings) -> Run {
    pipeline::run(&[file_in(folder)], settings, Tables::default(), &()).expect("the file was just written")
}

fn outlet<'a>(article: &'a Article<'_>) -> &'a str {
    article.source.as_deref().unwrap_or("")
}

fn outlines(articles: &[Article<'_>], words: &[Words]) -> Vec<Outline> {
    articles.iter().zip(words).map(|(article, words)| Outline::of(outlet(article), words)).collect()
}

fn edges(pairs: &[(u32, u32)], readings: &[Reading], rules: &Rules) -> Vec<Edge> {
    let edge = |&(a, b): &(u32, u32)| {
        let found = verify(&readings[a as usize], &readings[b as usize], rules);
        found.map(|(comparison, kind)| Edge { a, b, comparison, kind })
    };
    pairs.iter().filter_map(edge).collect()
}

fn profiles(articles: &[Article<'_>], words: &[Words], shells: &ShellTable) -> Vec<Profile> {
    articles.iter().zip(words).map(|(article, words)| Profile::of(article, words, shells)).collect()
}

fn weigh(profiles: &mut [Profile]) {
    let terms = TermTable::learn(&profiles.iter().collect::<Vec<_>>());
    terms.weigh(profiles);
}
