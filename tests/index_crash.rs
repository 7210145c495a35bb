//! An index on a storage that fails: whatever operation does not come to its end, opening finds the state before or after a batch.
//!
//! The storage remembers apart what was written and what was synced. At the chosen operation it fails, or does half of it, and
//! from then on nothing works, as after a power cut. What a restart finds is then one of several: all that was not synced is
//! lost, or none of it, or of the names all and of the bytes none; every one of them must open.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what helpers unwrap is what the tests ask for; figures are shown"
)]

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wirecopy::boilerplate::ShellTable;
use wirecopy::events::TermTable;
use wirecopy::index::{Added, Bytes, Index, IndexError, NewFile, Removal, Storage, Writer, create_in};
use wirecopy::read::{Inputs, discover_with};
use wirecopy::settings::{ReadSettings, Settings};

/// What a file holds.
#[derive(Debug, Clone, Default)]
struct Content {
    written: Vec<u8>,
    /// How much of it was synced.
    synced: usize,
}

type Names = BTreeMap<String, usize>;

#[derive(Debug, Default)]
struct Disk {
    contents: Vec<Content>,
    /// What each name leads to now.
    names: Names,
    /// What it leads to after a power cut.
    synced_names: Names,
    operations: usize,
    /// The operation that fails.
    fails_at: usize,
    /// Whether half of it is done.
    tears: bool,
    /// Whether later operations work again.
    fails_once: bool,
    /// Whether an operation failed.
    has_failed: bool,
}

impl Disk {
    /// Counts an operation. `Ok(true)`: it is to be done; `Ok(false)`: half of it, and then it has failed.
    fn operate(&mut self) -> io::Result<bool> {
        if self.has_failed && !self.fails_once {
            return Err(io::Error::other("the power is cut"));
        }
        self.operations += 1;
        if self.has_failed || self.operations < self.fails_at {
            return Ok(true);
        }
        self.has_failed = true;
        if self.tears { Ok(false) } else { Err(io::Error::other("this operation fails")) }
    }
}

#[derive(Debug, Clone, Default)]
struct FailingStorage(Arc<Mutex<Disk>>);

impl FailingStorage {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whatever failed works again, as where somebody made room on a full disk.
    fn recover(&self) {
        let mut disk = self.disk();
        (disk.has_failed, disk.fails_at) = (false, usize::MAX);
    }

    /// Files that the manifest does not name.
    fn stray_files(&self) -> Vec<String> {
        let disk = self.disk();
        let manifest = String::from_utf8(disk.contents[disk.names["MANIFEST"]].written.clone()).unwrap();
        let is_named =
            |name: &&String| manifest.contains(&format!("\"name\":\"{name}\"")) || name.as_str() == "MANIFEST";
        disk.names.keys().filter(|name| !is_named(name)).cloned().collect()
    }

    fn fail_at(&self, operation: usize, tears: bool) {
        let mut disk = self.disk();
        (disk.fails_at, disk.tears) = (operation, tears);
    }

    /// Lets this operation fail and all others work, as on a disk that is full for a moment.
    fn fail_once_at(&self, operation: usize, tears: bool) {
        self.fail_at(operation, tears);
        self.disk().fails_once = true;
    }

    /// Its files, in a folder.
    fn written_out(&self) -> tempfile::TempDir {
        let (folder, disk) = (tempfile::tempdir().unwrap(), self.disk());
        for (name, &content) in &disk.names {
            std::fs::write(folder.path().join(name), &disk.contents[content].written).unwrap();
        }
        folder
    }

    /// What a restart may find.
    fn after_power_cut(&self, survives: Survives) -> FailingStorage {
        let disk = self.disk();
        let names = if survives.names { &disk.names } else { &disk.synced_names };
        let mut restarted = Disk { fails_at: usize::MAX, ..Disk::default() };
        for (name, &content) in names {
            let Content { written, synced } = &disk.contents[content];
            let bytes = if survives.bytes { &written[..] } else { &written[..*synced] };
            restarted.names.insert(name.clone(), restarted.contents.len());
            restarted.contents.push(Content { written: bytes.to_vec(), synced: bytes.len() });
        }
        restarted.synced_names = restarted.names.clone();
        FailingStorage(Arc::new(Mutex::new(restarted)))
    }
}

/// What of the unsynced survives.
#[derive(Debug, Clone, Copy)]
struct Survives {
    names: bool,
    bytes: bool,
}

const RESTARTS: [Survives; 4] = [
    Survives { names: false, bytes: false },
    Survives { names: false, bytes: true },
    Survives { names: true, bytes: false },
    Survives { names: true, bytes: true },
];

impl Storage for FailingStorage {
    fn read(&self, name: &str) -> io::Result<Bytes> {
        let disk = self.disk();
        let content = disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Bytes::Held(disk.contents[*content].written.clone()))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn NewFile>> {
        let mut disk = self.disk();
        let whole = disk.operate()?;
        disk.contents.push(Content::default());
        let content = disk.contents.len() - 1;
        disk.names.insert(name.to_owned(), content);
        if whole { Ok(Box::new(FailingFile { storage: self.clone(), content })) } else { Err(io::Error::other("torn")) }
    }

    fn replace(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.disk();
        let whole = disk.operate()?;
        let content = disk.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        disk.names.insert(to.to_owned(), content);
        if whole { Ok(()) } else { Err(io::Error::other("torn")) }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.disk();
        let whole = disk.operate()?;
        disk.names.remove(name);
        if whole { Ok(()) } else { Err(io::Error::other("torn")) }
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.operate()? {
            disk.synced_names = disk.names.clone();
            return Ok(());
        }
        // Half of the names.
        let half: Vec<_> = disk.names.iter().step_by(2).map(|(name, &content)| (name.clone(), content)).collect();
        disk.synced_names.extend(half);
        Err(io::Error::other("torn"))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.disk().names.keys().cloned().collect())
    }
}

struct FailingFile {
    storage: FailingStorage,
    content: usize,
}

impl Write for FailingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.storage.disk();
        let whole = disk.operate()?;
        let part = if whole { bytes } else { &bytes[..bytes.len() / 2] };
        disk.contents[self.content].written.extend_from_slice(part);
        if whole { Ok(bytes.len()) } else { Err(io::Error::other("torn")) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut disk = self.storage.disk();
        let whole = disk.operate()?;
        let content = &mut disk.contents[self.content];
        content.synced = if whole { content.written.len() } else { content.written.len() / 2 };
        if whole { Ok(()) } else { Err(io::Error::other("torn")) }
    }
}

/// Twelve articles; in the second edition every third one has other words.
fn articles(edition: usize) -> String {
    let words = |article: usize| {
        let edition = if article.is_multiple_of(3) { edition } else { 0 };
        (0..40).map(|word| format!("w{article}x{word}x{edition}")).collect::<Vec<_>>().join(" ")
    };
    let line = |article| {
        format!(
            "{{\"id\":\"{article:02}\",\"published\":\"2024-02-0{}\",\"text\":\"{}\"}}\n",
            edition + 1,
            words(article)
        )
    };
    (0..12).map(line).collect()
}

fn inputs(lines: String) -> Inputs {
    discover_with(&["-".into()], &ReadSettings::default(), io::Cursor::new(lines.into_bytes())).unwrap()
}

/// All that an index holds, as it would be exported.
fn held(storage: &FailingStorage) -> String {
    let index = Index::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap();
    let mut out = Vec::new();
    index.export(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// So small that the batches of two editions are merged.
const BATCH: u64 = 900;

/// Adds, revises, removes, compacts, learns anew; `done` is told after each change that was acknowledged, or is a batch.
fn work(storage: &FailingStorage, done: &mut dyn FnMut()) -> Result<(), IndexError> {
    let path = Path::new("index");
    let mut writer = Writer::open_in(Arc::new(storage.clone()), path)?.in_batches_of(BATCH);
    writer.add(&inputs(articles(0)), &ReadSettings::default(), &|_| ())?;
    done();
    writer.add(&inputs(articles(1)), &ReadSettings::default(), &|_| ())?;
    done();
    writer.remove(&Removal { ids: vec!["05".to_owned(), "06".to_owned()], ..Removal::default() })?;
    done();
    writer.compact(false)?;
    done();
    writer.compact(true)?;
    done();
    Ok(())
}

/// What is held at first and after each change where nothing fails, and how many operations that takes.
fn states() -> (Vec<String>, usize) {
    let storage = fresh();
    let start = storage.disk().operations;
    let mut states = vec![held(&storage)];
    let watched = storage.clone();
    work(&storage, &mut || states.push(held(&watched))).unwrap();
    let operations = storage.disk().operations - start;
    (states, operations)
}

fn fresh() -> FailingStorage {
    let storage = FailingStorage::default();
    storage.fail_at(usize::MAX, false);
    create_in(&storage, &Settings::default()).unwrap();
    // The table of terms that is learned otherwise is that of the background, a quarter of a megabyte, for each of a thousand indexes.
    let mut writer = Writer::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap();
    writer.set_tables(ShellTable::default(), TermTable::default()).unwrap();
    storage
}

/// Whether `state` is one that a prefix of the batches between two acknowledged states leaves: each article is as before or as after.
fn is_between(state: &str, before: &str, after: &str) -> bool {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let (state, before, after) = (lines(state), lines(before), lines(after));
    let id = |line: &String| line[..10].to_owned();
    let kept = before.intersection(&after).all(|line| state.contains(line));
    let known = state.iter().all(|line| before.contains(line) || after.contains(line));
    let ids: Vec<String> = state.iter().map(id).collect();
    let once = ids.iter().collect::<std::collections::BTreeSet<_>>().len() == ids.len();
    // Of a revised article one version is there, never none.
    let never_lost =
        before.iter().map(id).filter(|id| after.iter().any(|line| line.starts_with(id))).all(|id| ids.contains(&id));
    kept && known && once && never_lost
}

/// Lets the n-th operation fail, or tears it, for every n, and restarts in each way that a power cut may leave; of every fourth
/// the next writer goes on from there.
#[test]
fn whatever_operation_fails_the_state_of_before_or_after_a_batch_is_found() {
    let (states, operations) = states();
    let mut restarts = 0;
    for operation in 1..=operations {
        for tears in [false, true] {
            let storage = fresh();
            let start = storage.disk().operations;
            storage.fail_at(start + operation, tears);
            let mut done = 0;
            let result = work(&storage, &mut || done += 1);
            for (survives, goes_on) in RESTARTS.into_iter().zip([true, false, false, true]) {
                let restarted = storage.after_power_cut(survives);
                let found = held(&restarted);
                let next = states.get(done + 1).unwrap_or(&states[done]);
                assert!(
                    found == states[done] || is_between(&found, &states[done], next),
                    "operation {operation} of {operations}, torn {tears}, {survives:?}, {result:?}: {} acknowledged",
                    done
                );
                restarts += 1;
                if !goes_on || operation % 4 != 0 {
                    continue;
                }
                let mut writer = Writer::open_in(Arc::new(restarted.clone()), Path::new("index")).unwrap();
                writer.add(&inputs(articles(1)), &ReadSettings::default(), &|_| ()).unwrap();
                assert_eq!(held(&restarted).lines().count(), 12);
            }
        }
    }
    println!("{operations} operations, each failed and torn, {restarts} restarts");
    assert!(operations > 60, "{operations}");
}

/// Whether what adding says was done is what whoever opens the index finds.
fn is_true(result: &Result<Added, IndexError>, before: &str, now: &str, edition: usize) -> bool {
    let added = match result {
        Ok(added) => added,
        Err(IndexError::Partly { added, .. }) => added,
        Err(_) => return now == before,
    };
    let of_edition = now.lines().filter(|line| line.contains(&format!("2024-02-0{}", edition + 1))).count() as u64;
    let more = (now.lines().count() - before.lines().count()) as u64;
    more == added.new && of_edition == added.new + added.revised
}

/// A batch was committed, then merging failed, and the index was said to be as it was. The same of a batch behind others.
#[test]
fn whatever_operation_fails_what_is_said_is_what_was_done() {
    let (mut failed_merges, mut partly, mut nothing) = (0, 0, 0);
    let mut operation = 0;
    loop {
        operation += 1;
        let mut failed = false;
        for tears in [false, true] {
            let storage = fresh();
            let start = storage.disk().operations;
            storage.fail_at(start + operation, tears);
            for edition in [0, 1] {
                let before = held(&storage);
                let mut writer =
                    Writer::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap().in_batches_of(BATCH);
                let result = writer.add(&inputs(articles(edition)), &ReadSettings::default(), &|_| ());
                assert!(
                    is_true(&result, &before, &held(&storage), edition),
                    "operation {operation}, torn {tears}, edition {edition}: {result:?}"
                );
                match &result {
                    Ok(added) => failed_merges += u64::from(added.merge_failed.is_some()),
                    Err(IndexError::Partly { .. }) => partly += 1,
                    Err(_) => nothing += 1,
                }
                failed |= storage.disk().has_failed;
                if storage.disk().has_failed {
                    storage.recover();
                }
            }
            // The next writer finds an index that is whole, and leaves nothing behind.
            storage.recover();
            let mut writer = Writer::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap();
            let added = writer.add(&inputs(articles(1)), &ReadSettings::default(), &|_| ()).unwrap();
            assert_eq!((added.merge_failed, held(&storage).lines().count()), (None, 12));
            assert!(writer.index().info().segments < 8, "what was not merged is merged now");
            assert_eq!(storage.stray_files(), [""; 0], "operation {operation}, torn {tears}");
        }
        if !failed {
            break;
        }
    }
    println!(
        "{operation} operations: {failed_merges} failed merges, {partly} failures behind a batch, {nothing} before any"
    );
    assert!(failed_merges > 10 && partly > 10 && nothing > 10, "{failed_merges}, {partly}, {nothing}");
}

#[test]
fn whatever_operation_fails_removing_says_what_was_done() {
    let removal = Removal { ids: vec!["05".to_owned(), "06".to_owned(), "none".to_owned()], ..Removal::default() };
    let (mut failed_merges, mut nothing, mut unsynced) = (0, 0, 0);
    for operation in 1.. {
        let storage = fresh();
        let mut writer = Writer::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap();
        writer.add(&inputs(articles(0)), &ReadSettings::default(), &|_| ()).unwrap();
        writer.remove(&Removal { ids: vec!["00".to_owned(), "01".to_owned()], ..Removal::default() }).unwrap();
        let before = held(&storage);
        let start = storage.disk().operations;
        storage.fail_at(start + operation, false);
        let result = writer.remove(&removal);
        let left = before.lines().count() - held(&storage).lines().count();
        match &result {
            Ok(removed) => {
                assert_eq!((removed.articles, left, &removed.unknown_ids[..]), (2, 2, &["none".to_owned()][..]));
                failed_merges += u64::from(removed.merge_failed.is_some());
            }
            Err(IndexError::Unsynced { .. }) => {
                assert_eq!(left, 2, "{result:?}");
                unsynced += 1;
            }
            Err(error) => {
                assert_eq!(left, 0, "{error}");
                nothing += 1;
            }
        }
        if !storage.disk().has_failed {
            break;
        }
    }
    assert!(failed_merges > 0 && nothing > 0 && unsynced == 1, "{failed_merges}, {nothing}, {unsynced}");
}

type Deed = fn(&mut Writer) -> Result<(), IndexError>;

/// The deeds of [`work`], one by one.
const DEEDS: [Deed; 5] = [
    |writer| writer.add(&inputs(articles(0)), &ReadSettings::default(), &|_| ()).map(drop),
    |writer| writer.add(&inputs(articles(1)), &ReadSettings::default(), &|_| ()).map(drop),
    |writer| writer.remove(&Removal { ids: vec!["05".to_owned(), "06".to_owned()], ..Removal::default() }).map(drop),
    |writer| writer.compact(false).map(drop),
    |writer| writer.compact(true).map(drop),
];

/// What a deed left: whole, readable, in the state of before or after a batch, whatever becomes of it.
fn assert_whole(storage: &FailingStorage, before: &str, after: &str, context: &str) {
    let faults = Index::verify(storage.written_out().path()).unwrap_or_else(|error| vec![error]);
    assert!(faults.is_empty(), "{context}: {faults:?}");
    for survives in RESTARTS {
        let found = held(&storage.after_power_cut(survives));
        assert!(found == before || is_between(&found, before, after), "{context}, {survives:?}");
    }
}

/// A `compact --relearn` that failed took away the tables that the index needs. A disk that is dead can't show that: on it nothing is
/// taken away either.
#[test]
fn whatever_single_operation_fails_the_index_is_whole_and_the_same_writer_goes_on() {
    let start = fresh();
    for (deed, place) in DEEDS.iter().zip(0..) {
        let open = |storage: &FailingStorage| {
            Writer::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap().in_batches_of(BATCH)
        };
        let (before, done) = (held(&start), start.after_power_cut(RESTARTS[3]));
        deed(&mut open(&done)).unwrap();
        let after = held(&done);
        let mut failures = 0;
        for operation in 1..=done.disk().operations {
            for tears in [false, true] {
                let storage = start.after_power_cut(RESTARTS[3]);
                storage.fail_once_at(operation, tears);
                let mut writer = open(&storage);
                let result = deed(&mut writer);
                let context = format!("deed {place}, operation {operation}, torn {tears}: {result:?}");
                assert_whole(&storage, &before, &after, &context);
                if result.is_err() {
                    failures += 1;
                    deed(&mut writer).unwrap();
                }
                assert_eq!(held(&storage), after, "{context}");
                drop(open(&storage));
                assert_eq!(storage.stray_files(), [""; 0], "{context}");
            }
        }
        assert!(failures > 4, "deed {place}: {failures}");
        *start.disk() = std::mem::take(&mut *done.disk());
        start.disk().operations = 0;
    }
}

/// Tables counted as in force as soon as their files were written, though no manifest named them.
#[test]
fn tables_that_could_not_be_committed_are_not_in_force() {
    for learns in [false, true] {
        let mut failures = 0;
        for operation in 1.. {
            let storage = FailingStorage::default();
            storage.fail_at(usize::MAX, false);
            create_in(&storage, &Settings::default()).unwrap();
            let mut writer = Writer::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap();
            let start = storage.disk().operations;
            storage.fail_once_at(start + operation, false);
            let put = |writer: &mut Writer| match learns {
                true => DEEDS[0](writer),
                false => writer.set_tables(ShellTable::default(), TermTable::default()),
            };
            let result = put(&mut writer);
            let opened = Index::open_in(Arc::new(storage.clone()), Path::new("index")).unwrap();
            assert_eq!(writer.index().info(), opened.info(), "operation {operation}, learns {learns}: {result:?}");
            assert_eq!(writer.index().shells().is_some(), opened.shells().is_some(), "{result:?}");
            if matches!(result, Err(IndexError::Io { .. })) {
                failures += 1;
                assert_eq!(storage.stray_files(), [""; 0], "operation {operation}, learns {learns}");
                put(&mut writer).unwrap();
            }
            if !storage.disk().has_failed {
                break;
            }
        }
        assert!(failures > 6, "{failures}");
    }
}
