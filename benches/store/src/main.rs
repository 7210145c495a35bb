//! Sorted, packed keys against an embedded key-value store: which should an index keep its samples in?
//!
//!     cargo run --release --manifest-path benches/store/Cargo.toml -- [ARTICLES [FOLDER]]
//!
//! As many keys as an index has at the defaults, 50 an article, come in batches of 45,000 articles, each committed and synced:
//! once sorted and packed as `src/index/keys.rs` does it (the file itself is compiled in), every eight batches merged into one; once
//! into a table of redb, key and article as one sorted number. Then a thousand new articles look up their keys, half of which are
//! there. Printed are CPU seconds, wall seconds, bytes on disk, and the peak of memory.

#[path = "../../../src/index/keys.rs"]
#[allow(dead_code, reason = "the whole of it is compiled in, and a part is measured")]
mod keys;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use keys::{KeyWriter, Keys, Unpacked};
use redb::{Database, ReadableDatabase, TableDefinition};

const KEYS_AN_ARTICLE: u32 = 50;
const BATCH_ARTICLES: u32 = 45_000;
const MERGED_AT_ONCE: usize = 8;
const NEW_ARTICLES: u32 = 1_000;

const TABLE: TableDefinition<u64, ()> = TableDefinition::new("samples");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let articles: u32 = arguments.next().map_or(Ok(400_000), |text| text.parse())?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from).join("wirecopy-store");
    fs::create_dir_all(&folder)?;
    println!("{articles} articles, {} keys, in batches of {BATCH_ARTICLES} articles", articles * KEYS_AN_ARTICLE);
    println!("{:<22}{:>8}{:>8}{:>12}{:>12}{:>10}", "", "CPU s", "wall s", "bytes", "a key", "peak MiB");
    // The peak of a process only grows: what takes less comes first.
    let packed = measured("sorted and packed", articles, || packed(&folder, articles))?;
    measured("  1,000 looked up", articles, || look_up_packed(&packed, articles))?;
    let database = measured("redb", articles, || in_redb(&folder, articles))?;
    measured("  1,000 looked up", articles, || look_up_redb(&database, articles))?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// A number as good as random, the same on every machine.
fn random(seed: u64) -> u32 {
    (xxhash_rust::xxh3::xxh3_64(&seed.to_le_bytes()) >> 32) as u32
}

/// The keys of an article, key in the upper half.
fn keys_of(article: u32) -> impl Iterator<Item = u64> {
    (0..KEYS_AN_ARTICLE)
        .map(move |key| u64::from(random(u64::from(article) << 32 | u64::from(key))) << 32 | u64::from(article))
}

/// What new articles look up, half of it there.
fn looked_up(articles: u32) -> Vec<u32> {
    let mut wanted: Vec<u32> = (0..NEW_ARTICLES * KEYS_AN_ARTICLE)
        .map(|n| match n % 2 {
            0 => random(u64::from(n % articles) << 32 | u64::from(n % KEYS_AN_ARTICLE)),
            _ => random(u64::MAX - u64::from(n)),
        })
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

fn batches(articles: u32) -> impl Iterator<Item = Vec<u64>> {
    (0..articles).step_by(BATCH_ARTICLES as usize).map(move |first| {
        let mut keys: Vec<u64> = (first..articles.min(first + BATCH_ARTICLES)).flat_map(keys_of).collect();
        keys.sort_unstable();
        keys
    })
}

struct Run {
    path: PathBuf,
    blocks: u64,
}

fn write_run(path: &Path, entries: impl Iterator<Item = u64>) -> Result<Run, Box<dyn std::error::Error>> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut writer = KeyWriter::new(&mut out);
    for entry in entries {
        writer.push((entry >> 32) as u32, entry as u32)?;
    }
    let (blocks, directory) = writer.finish()?;
    out.write_all(&directory)?;
    out.into_inner()?.sync_all()?;
    Ok(Run { path: path.to_owned(), blocks })
}

fn read_run(run: &Run) -> Result<Vec<u64>, Box<dyn std::error::Error>> {
    let bytes = fs::read(&run.path)?;
    let (blocks, directory) = bytes.split_at(run.blocks as usize);
    let keys = Keys { blocks, directory };
    let (mut unpacked, mut entries) = (Unpacked::default(), Vec::new());
    for block in 0..keys.len() {
        keys.unpack(block, &mut unpacked).map_err(|_| "a damaged block")?;
        entries.extend(unpacked.entries().map(|(key, article)| u64::from(key) << 32 | u64::from(article)));
    }
    Ok(entries)
}

/// Runs by size; where there are eight of one size, they become one.
fn packed(folder: &Path, articles: u32) -> Result<Vec<Run>, Box<dyn std::error::Error>> {
    let mut levels: Vec<Vec<Run>> = Vec::new();
    let mut made = 0;
    for batch in batches(articles) {
        let mut run = write_run(&folder.join(format!("run-{made}")), batch.into_iter())?;
        made += 1;
        let mut level = 0;
        loop {
            levels.resize_with(levels.len().max(level + 1), Vec::new);
            levels[level].push(run);
            if levels[level].len() < MERGED_AT_ONCE {
                break;
            }
            let mut all: Vec<u64> = Vec::new();
            for run in std::mem::take(&mut levels[level]) {
                all.extend(read_run(&run)?);
                fs::remove_file(&run.path)?;
            }
            all.sort_unstable();
            run = write_run(&folder.join(format!("run-{made}")), all.into_iter())?;
            made += 1;
            level += 1;
        }
    }
    Ok(levels.into_iter().flatten().collect())
}

fn look_up_packed(runs: &[Run], articles: u32) -> Result<usize, Box<dyn std::error::Error>> {
    let wanted = looked_up(articles);
    let mut found = 0;
    for run in runs {
        let bytes = fs::read(&run.path)?;
        let (blocks, directory) = bytes.split_at(run.blocks as usize);
        let keys = Keys { blocks, directory };
        keys.find(&wanted, |_, articles| found += articles.len()).map_err(|_| "a damaged block")?;
    }
    Ok(found)
}

fn in_redb(folder: &Path, articles: u32) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let path = folder.join("redb");
    let database = Database::create(&path)?;
    for batch in batches(articles) {
        let transaction = database.begin_write()?;
        {
            let mut table = transaction.open_table(TABLE)?;
            for entry in batch {
                table.insert(entry, ())?;
            }
        }
        transaction.commit()?;
    }
    Ok(path)
}

fn look_up_redb(path: &Path, articles: u32) -> Result<usize, Box<dyn std::error::Error>> {
    let database = Database::open(path)?;
    let transaction = database.begin_read()?;
    let table = transaction.open_table(TABLE)?;
    let mut found = 0;
    for key in looked_up(articles) {
        let key = u64::from(key) << 32;
        found += table.range(key..=key | u64::from(u32::MAX))?.count();
    }
    Ok(found)
}

/// What a step made, for its size on disk and so that two ways can be held against each other.
trait Made {
    fn said(&self) -> (Option<u64>, String);
}

impl Made for Vec<Run> {
    fn said(&self) -> (Option<u64>, String) {
        (self.iter().map(|run| fs::metadata(&run.path).map(|file| file.len()).ok()).sum(), format!("{} runs", self.len()))
    }
}

impl Made for PathBuf {
    fn said(&self) -> (Option<u64>, String) {
        (fs::metadata(self).map(|file| file.len()).ok(), String::new())
    }
}

impl Made for usize {
    fn said(&self) -> (Option<u64>, String) {
        (None, format!("{self} found"))
    }
}

fn measured<T: Made>(
    name: &str,
    articles: u32,
    work: impl FnOnce() -> Result<T, Box<dyn std::error::Error>>,
) -> Result<T, Box<dyn std::error::Error>> {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let made = work()?;
    let (cpu, wall) = (cpu_seconds() - cpu, wall.elapsed().as_secs_f64());
    let (bytes, said) = made.said();
    let keys = f64::from(articles) * f64::from(KEYS_AN_ARTICLE);
    let bytes = bytes.map_or(" ".repeat(24), |bytes| format!("{bytes:>12}{:>12.2}", bytes as f64 / keys));
    println!("{name:<22}{cpu:>8.2}{wall:>8.2}{bytes}{:>10}  {said}", peak_mebibytes());
    Ok(made)
}

/// User and system time of this process, from the system's own account of it (Linux alone).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak_mebibytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) / 1024
}
