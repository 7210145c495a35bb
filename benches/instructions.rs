//! How many instructions each stage needs, compared with the figures in `benches/instructions.tsv`.
//!
//! ```text
//! cargo run --release --example instructions                fails where a stage needs over 3 % more than its figure
//! cargo run --release --example instructions -- --bless     writes what was counted as the new figures
//! ```
//!
//! Time depends on what else the machine does, instructions hardly: one thread, the same articles, counted by valgrind.
//! This program starts itself again under valgrind, which writes down what it has counted whenever [`mark`] is called: just
//! before a stage and just after it.
#![expect(clippy::print_stdout, reason = "this program is there to say something")]

mod corpus;
mod figures;
mod stage;

use std::hint::black_box;
use std::process::{Command, ExitCode};

use figures::{Figures, MOST_PERCENT, verdicts};
use stage::{Per, Prepared};

/// Enough articles that what is done once a run hardly counts, few enough for a minute under valgrind.
const ARTICLES: usize = 1_000;

/// How a change of the figures is accepted.
const BLESS: &str = "cargo run --release --example instructions -- --bless";

/// Where the figures are kept.
const FIGURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.tsv");

/// The C library chooses how it copies and searches by the processor, which moves a stage by up to 8 %: so it is told
/// to do as on the oldest. Crates that choose themselves take AVX2, the most that valgrind presents.
const PLAIN_COPIES: &str = "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-ERMS";

/// The argument with which this program starts itself again.
const UNDER_VALGRIND: &str = "--under-valgrind";

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        ["--bless"] => bless(),
        [UNDER_VALGRIND] => work(),
        _ => Err(format!("takes no argument but --bless: {BLESS}").into()),
    }
}

/// What this prints is looked for by `.ci/run`, which says it again at its end.
fn not_compared(why: &str) {
    println!("NOT COMPARED: {why}");
}

fn compare() -> Result<ExitCode, Failure> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        not_compared("instructions are counted by valgrind, which is not installed");
        return Ok(ExitCode::SUCCESS);
    }
    let text = std::fs::read_to_string(FIGURES).map_err(|error| format!("{FIGURES}: {error}"))?;
    let kept = Figures::parse(&text).ok_or_else(|| format!("{FIGURES}: not what --bless writes"))?;
    let counted = count()?;
    if counted.made_with != kept.made_with {
        not_compared(&format!("the figures were made with {}; here is {}", kept.made_with, counted.made_with));
        return Ok(ExitCode::SUCCESS);
    }
    let verdicts = verdicts(&counted, &kept);
    for (stage, verdict) in &verdicts {
        println!("{stage:<24} {verdict}");
    }
    if verdicts.iter().any(|(_, verdict)| verdict.fails()) {
        println!("Over {MOST_PERCENT} % more fails. Where it is meant: {BLESS}");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn bless() -> Result<ExitCode, Failure> {
    std::fs::write(FIGURES, count()?.to_text())?;
    println!("wrote {FIGURES}");
    Ok(ExitCode::SUCCESS)
}

/// Counts each stage once.
fn count() -> Result<Figures, Failure> {
    let folder = tempfile::tempdir()?;
    let counts = folder.path().join("counts");
    let run = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind", "--combine-dumps=yes", "--dump-before=instructions::mark"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(std::env::current_exe()?)
        .arg(UNDER_VALGRIND)
        .env_remove(corpus::POOL_VARIABLE)
        .env("GLIBC_TUNABLES", PLAIN_COPIES)
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    if !run.status.success() {
        return Err(format!("valgrind: {}: {}", run.status, String::from_utf8_lossy(&run.stderr)).into());
    }
    let said = String::from_utf8(run.stdout)?;
    let totals = totals(&std::fs::read_to_string(counts)?)?;
    if totals.len() != 2 * said.lines().count() + 1 {
        return Err(format!("valgrind wrote {} counts for {} stages", totals.len(), said.lines().count()).into());
    }
    // Before, between and after the marks: every second one is a stage.
    let of_stages = totals.into_iter().skip(1).step_by(2);
    let mut stages = Vec::new();
    for (line, instructions) in said.lines().zip(of_stages) {
        let (stage, units) = line.split_once('\t').ok_or("a stage without its units")?;
        let (number, unit) = units.split_once(' ').ok_or("units without a name")?;
        println!(
            "{stage:<24} {instructions:>13} instructions, {:>8.2} a {unit}",
            instructions as f64 / number.parse::<f64>()?
        );
        stages.push((stage.to_owned(), instructions));
    }
    Ok(Figures { made_with: made_with()?, stages })
}

fn totals(counts: &str) -> Result<Vec<u64>, std::num::ParseIntError> {
    counts.lines().filter_map(|line| line.strip_prefix("totals: ")).map(str::parse).collect()
}

/// The compiler and the C library that make the counts what they are.
fn made_with() -> Result<String, Failure> {
    let said = |program: &str, argument: &str| -> Result<String, Failure> {
        let output = Command::new(program).arg(argument).output().map_err(|error| format!("{program}: {error}"))?;
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    Ok(format!("{}, {}", said("rustc", "--version")?, said("getconf", "GNU_LIBC_VERSION")?))
}

// Under valgrind

/// Here valgrind writes down what it has counted since the last time.
#[inline(never)]
fn mark() {
    black_box(());
}

/// Does each stage once between two marks, and says what it was and how much.
fn work() -> Result<ExitCode, Failure> {
    // This thread is the only one, so that the same is done in each run.
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    let prepared = Prepared::new(ARTICLES);
    let bytes: usize = prepared.articles.iter().map(|article| article.text.len()).sum();
    for mut stage in prepared.stages().into_iter().chain(stage::whole(&prepared.folder)) {
        mark();
        (stage.work)();
        mark();
        let units = match stage.per {
            Per::Articles => format!("{bytes} byte"),
            Per::Pairs(pairs) => format!("{pairs} pair"),
        };
        println!("{}/{}\t{units}", stage.module, stage.part);
    }
    Ok(ExitCode::SUCCESS)
}
