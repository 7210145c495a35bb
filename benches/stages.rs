//! How fast each stage is: one group a module, named as it, in bytes of article text and in articles per second.
//!
//! ```text
//! cargo bench                        every stage, and the whole pipeline on 1,000 and 10,000 articles
//! cargo bench -- normalize           one stage
//! WIRECOPY_BENCH_LARGE=1 cargo bench -- pipeline      with 100,000 articles as well
//! cargo bench -- --pool DIR          on the sentences of DIR/sents.txt and DIR/titles.txt
//! ```
//!
//! Stages that run in the current rayon pool (read, candidates, pipeline, the learning of shells) use all cores;
//! the others are one thread's. See `benches/README.md`.

mod corpus;

use std::ffi::OsString;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use wirecopy::article::Article;
use wirecopy::boilerplate::{Outline, ShellTable};
use wirecopy::candidates::samples::Samples;
use wirecopy::candidates::{MIN_BANDED_SHINGLES, Plan, candidates};
use wirecopy::cluster::{Standing, cluster};
use wirecopy::normalize::Words;
use wirecopy::settings::{Boilerplate, Measure, Settings};
use wirecopy::shingle::{ShingleSet, shingles_into};
use wirecopy::sketch::{Signatures, sign};
use wirecopy::verify::{Edge, Reading, Rules, verify};
use wirecopy::{pipeline, read};

/// So many articles are enough for every stage to be steady, and few enough for a run of some minutes.
const ARTICLES: usize = 2_000;

/// Two articles so far apart are strangers, but for the few that belong to one family.
const STRANGER_DISTANCE: usize = 7;

/// Set, the pipeline is measured on 100,000 articles as well.
const LARGE_VARIABLE: &str = "WIRECOPY_BENCH_LARGE";

/// The settings that the peers can follow: Jaccard, no shells.
fn like_for_like() -> Settings {
    Settings { measure: Measure::Jaccard, threshold: Some(0.7), boilerplate: Boilerplate::Off, ..Settings::default() }
}

/// Articles, and what each stage makes of them for the next.
struct Stages {
    settings: Settings,
    plan: Plan,
    articles: Vec<Article<'static>>,
    words: Vec<Words>,
    shells: ShellTable,
    hashes: Vec<Vec<u64>>,
    sets: Vec<ShingleSet>,
    /// Of the articles in `banded`.
    signatures: Signatures,
    banded: Vec<u32>,
    samples: Samples,
    content: Vec<u64>,
    readings: Vec<Reading>,
    pairs: Vec<(u32, u32)>,
    edges: Vec<Edge>,
}

impl Stages {
    fn prepare() -> Stages {
        let settings = Settings::default();
        let plan = Plan::of(&settings);
        let articles = corpus::articles(&corpus::Pool::load(), ARTICLES);
        let words: Vec<Words> = articles.iter().map(|article| Words::of(&article.text)).collect();
        let shells = ShellTable::learn(&outlines(&articles, &words));
        let readings: Vec<Reading> =
            articles.iter().map(|article| Reading::of(article, &shells, settings.window_words)).collect();
        let hashes: Vec<Vec<u64>> = readings.iter().map(|reading| reading.words.clone()).collect();
        let sets: Vec<ShingleSet> = readings.iter().map(|reading| reading.set.clone()).collect();
        let banded: Vec<u32> =
            (0..ARTICLES as u32).filter(|&article| sets[article as usize].len() >= MIN_BANDED_SHINGLES).collect();
        let slices: Vec<&[u64]> = banded.iter().map(|&article| sets[article as usize].as_slice()).collect();
        let signatures = Signatures::of(&slices, plan.banding.slots());
        let mut samples = Samples::new();
        sets.iter().for_each(|set| samples.push(&Samples::of(set.as_slice()), set.len()));
        let content: Vec<u64> = sets.iter().map(|set| set.as_slice().first().copied().unwrap_or_default()).collect();
        let pairs = candidates(&plan, &signatures, &banded, &samples, &content).pairs;
        let edges = edges(&pairs, &readings, &Rules::of(&settings));
        Stages {
            settings,
            plan,
            articles,
            words,
            shells,
            hashes,
            sets,
            signatures,
            banded,
            samples,
            content,
            readings,
            pairs,
            edges,
        }
    }

    fn throughput(&self) -> Throughput {
        throughput(&self.articles)
    }
}

fn throughput(articles: &[Article<'_>]) -> Throughput {
    let bytes = articles.iter().map(|article| article.text.len() as u64).sum();
    Throughput::ElementsAndBytes { elements: articles.len() as u64, bytes }
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

fn stages(criterion: &mut Criterion) {
    let stages = Stages::prepare();
    read_(criterion, &stages);
    normalize(criterion, &stages);
    boilerplate(criterion, &stages);
    shingle(criterion, &stages);
    sketch(criterion, &stages);
    candidates_(criterion, &stages);
    verify_(criterion, &stages);
    cluster_(criterion, &stages);
}

fn read_(criterion: &mut Criterion, stages: &Stages) {
    let folder = tempfile::tempdir().expect("the folder for temporary files can be written to");
    let path = written(&folder, &stages.articles);
    let settings = &stages.settings.read;
    let inputs = read::discover(&[path], settings).expect("the file was just written");
    let mut group = criterion.benchmark_group("read");
    group.throughput(stages.throughput());
    group.bench_function("json_lines", |bencher| {
        bencher.iter(|| inputs.scan(settings, &|_| {}, |article| article.text.len()));
    });
    group.finish();
}

fn normalize(criterion: &mut Criterion, stages: &Stages) {
    let mut group = criterion.benchmark_group("normalize");
    group.throughput(stages.throughput());
    let mut words = Words::default();
    group.bench_function("words", |bencher| {
        bencher.iter(|| {
            for article in &stages.articles {
                words.read(black_box(&article.text));
            }
        });
    });
    group.bench_function("hashes", |bencher| {
        bencher.iter(|| stages.words.iter().map(|words| words.hashes().fold(0, u64::wrapping_add)).max());
    });
    group.finish();
}

fn boilerplate(criterion: &mut Criterion, stages: &Stages) {
    let outlines_made = outlines(&stages.articles, &stages.words);
    let mut group = criterion.benchmark_group("boilerplate");
    group.throughput(stages.throughput());
    group.bench_function("outline", |bencher| bencher.iter(|| outlines(&stages.articles, &stages.words)));
    group.bench_function("learn", |bencher| bencher.iter(|| ShellTable::learn(black_box(&outlines_made))));
    group.bench_function("kept", |bencher| {
        bencher.iter(|| {
            for (article, words) in stages.articles.iter().zip(&stages.words) {
                black_box(stages.shells.kept(outlet(article), words));
            }
        });
    });
    group.finish();
}

fn shingle(criterion: &mut Criterion, stages: &Stages) {
    let mut group = criterion.benchmark_group("shingle");
    group.throughput(stages.throughput());
    let mut shingles = Vec::new();
    group.bench_function("shingles", |bencher| {
        bencher.iter(|| {
            for hashes in &stages.hashes {
                shingles_into(black_box(hashes), stages.settings.window_words, &mut shingles);
            }
        });
    });
    group.bench_function("set", |bencher| {
        bencher.iter(|| {
            for hashes in &stages.hashes {
                shingles_into(hashes, stages.settings.window_words, &mut shingles);
                black_box(ShingleSet::new(shingles.clone()));
            }
        });
    });
    group.finish();
}

fn sketch(criterion: &mut Criterion, stages: &Stages) {
    let mut group = criterion.benchmark_group("sketch");
    group.throughput(stages.throughput());
    let mut signature = vec![0; stages.plan.banding.slots()];
    group.bench_function("sign", |bencher| {
        bencher.iter(|| {
            for set in &stages.sets {
                sign(black_box(set.as_slice()), &mut signature);
            }
        });
    });
    group.finish();
}

fn candidates_(criterion: &mut Criterion, stages: &Stages) {
    let mut group = criterion.benchmark_group("candidates");
    group.throughput(stages.throughput());
    group.bench_function("sample", |bencher| {
        bencher.iter(|| stages.sets.iter().map(|set| Samples::of(black_box(set.as_slice())).len()).sum::<usize>());
    });
    group.bench_function("search", |bencher| {
        bencher.iter(|| candidates(&stages.plan, &stages.signatures, &stages.banded, &stages.samples, &stages.content));
    });
    group.finish();
}

/// Per pair where the others are per article.
fn verify_(criterion: &mut Criterion, stages: &Stages) {
    let rules = Rules::of(&stages.settings);
    let last = ARTICLES - STRANGER_DISTANCE;
    let strangers: Vec<(u32, u32)> = (0..last as u32).map(|a| (a, a + STRANGER_DISTANCE as u32)).collect();
    let mut group = criterion.benchmark_group("verify");
    group.throughput(stages.throughput());
    group.bench_function("reading", |bencher| {
        bencher.iter(|| {
            for article in &stages.articles {
                black_box(Reading::of(article, &stages.shells, stages.settings.window_words));
            }
        });
    });
    for (name, pairs) in [("candidates", &stages.pairs), ("strangers", &strangers)] {
        group.throughput(Throughput::Elements(pairs.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| edges(black_box(pairs), &stages.readings, &rules)));
    }
    group.finish();
}

fn cluster_(criterion: &mut Criterion, stages: &Stages) {
    let twins: Vec<u32> = (0..ARTICLES as u32).collect();
    let standing =
        |(article, words): (&Article<'_>, &Words)| Standing { published: article.published, words: words.len() as u32 };
    let standings: Vec<Standing> = stages.articles.iter().zip(&stages.words).map(standing).collect();
    let mut group = criterion.benchmark_group("cluster");
    group.throughput(stages.throughput());
    group.bench_function("cluster", |bencher| {
        bencher.iter(|| cluster(&twins, black_box(&stages.edges), &standings, stages.settings.canonical));
    });
    group.finish();
}

/// From the file to the clusters, for the slope: twice the articles should take twice the time.
fn whole(criterion: &mut Criterion) {
    let pool = corpus::Pool::load();
    let large = std::env::var_os(LARGE_VARIABLE).is_some();
    let mut group = criterion.benchmark_group("pipeline");
    group.sampling_mode(SamplingMode::Flat);
    for count in [1_000, 10_000, 100_000] {
        if count > 10_000 && !large {
            continue;
        }
        let folder = tempfile::tempdir().expect("the folder for temporary files can be written to");
        let articles = corpus::articles(&pool, count);
        let paths = [written(&folder, &articles)];
        group.throughput(throughput(&articles));
        drop(articles);
        for (name, settings) in [("defaults", Settings::default()), ("like_for_like", like_for_like())] {
            group.bench_function(BenchmarkId::new(name, count), |bencher| {
                bencher.iter(|| pipeline::run(&paths, &settings, pipeline::Tables::default(), &()));
            });
        }
    }
    group.finish();
}

fn written(folder: &tempfile::TempDir, articles: &[Article<'_>]) -> PathBuf {
    let path = folder.path().join("corpus.jsonl");
    std::fs::write(&path, corpus::json_lines(articles)).expect("the folder for temporary files has room");
    path
}

/// Ten samples a bench: enough to see a change of a tenth, short enough to be run.
fn short() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! { name = benches; config = short(); targets = stages, whole }

/// Criterion refuses a flag that it does not know. So `--pool DIR` is taken out of the arguments, and this program started
/// again with the folder in a variable.
fn main() -> ExitCode {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let Some(flag) = arguments.iter().position(|argument| argument == "--pool") else {
        benches();
        Criterion::default().configure_from_args().final_summary();
        return ExitCode::SUCCESS;
    };
    let pool = arguments.get(flag + 1).expect("--pool takes a folder").clone();
    arguments.drain(flag..flag + 2);
    let this = std::env::current_exe().expect("the program that runs has a path");
    let status = Command::new(this).args(arguments).env(corpus::POOL_VARIABLE, pool).status();
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
