//! How fast each stage is: one group a module, named as it, in bytes of article text and in articles per second.
//!
//! ```text
//! cargo bench                        every stage, and the whole pipeline on 1,000 and 10,000 articles
//! cargo bench -- normalize           one stage
//! WIRECOPY_BENCH_LARGE=1 cargo bench -- pipeline      with 100,000 articles as well
//! cargo bench -- --pool DIR          on the sentences of DIR/sents.txt and DIR/titles.txt
//! ```
//!
//! Stages that run in the current rayon pool (read, candidates, events, pipeline, the learning of shells) use all cores;
//! the others are one thread's. See `benches/README.md`.

mod corpus;
mod stage;

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group};
use stage::{Per, Prepared};
use wirecopy::article::Article;

/// So many articles are enough for every stage to be steady, and few enough for a run of some minutes.
const ARTICLES: usize = 2_000;

/// Set, the pipeline is measured on 100,000 articles as well.
const LARGE_VARIABLE: &str = "WIRECOPY_BENCH_LARGE";

fn stages(criterion: &mut Criterion) {
    let prepared = Prepared::new(ARTICLES);
    for mut stage in prepared.stages() {
        let mut group = criterion.benchmark_group(stage.module);
        group.throughput(throughput(stage.per, &prepared.articles));
        group.bench_function(stage.part, |bencher| bencher.iter(&mut stage.work));
        group.finish();
    }
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
        let articles = corpus::articles(&pool, count);
        let folder = stage::written(&articles);
        group.throughput(throughput(Per::Articles, &articles));
        drop(articles);
        for mut stage in stage::whole(&folder) {
            let id = BenchmarkId::new(stage.part, count);
            group.bench_function(id, |bencher| bencher.iter(&mut stage.work));
        }
    }
    group.finish();
}

fn throughput(per: Per, articles: &[Article<'_>]) -> Throughput {
    let bytes = articles.iter().map(|article| article.text.len() as u64).sum();
    match per {
        Per::Articles => Throughput::ElementsAndBytes { elements: articles.len() as u64, bytes },
        Per::Pairs(pairs) => Throughput::Elements(pairs as u64),
    }
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
