//! A commit in, which records of the inputs it did not have out.
//!
//! What a commit holds is taken as git stores it, without what a checkout makes of it: line ends and encodings make no difference to
//! words, and no filter runs. It is written to a temporary folder, file by file; texts are not held.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use wirecopy::article::Article;
use wirecopy::index::document;
use wirecopy::normalize::Words;
use wirecopy::read::{
    Excused, Guard, Inputs, Listing, Location, ReadError, Skipped, discover_guarded, without_following,
};
use wirecopy::settings::ReadSettings;

use super::git::{Commit, Repository};
use super::temporary::TemporaryFolder;
use super::{Failure, talk};

/// What of the inputs a commit had.
pub(super) struct Since {
    /// Where records stand that it had.
    pub(super) unchanged: BTreeSet<Location>,
    /// Its records that could not be read either.
    pub(super) excused: Excused,
    /// Its records that are no longer there, or with other words, as JSON lines.
    pub(super) gone: File,
    /// The full name of the commit.
    pub(super) object: String,
}

/// So many of its records are read again at once.
const GONE_AT_ONCE: usize = 1_000;

/// A record as two versions of a file are told apart by.
#[derive(Debug)]
struct Seen {
    location: Location,
    /// `None` where its id is only a place, or the name of a text file: then its words alone say which it is.
    id: Option<String>,
    is_name: bool,
    words: u64,
}

impl Seen {
    fn of(article: &Article<'_>) -> (Option<String>, bool, u64) {
        let own = !article.id_is_place && !article.id_is_name;
        let id = own.then(|| article.id.clone().into_owned());
        (id, article.id_is_name, Words::of(&article.text).fingerprint())
    }

    /// All records of the inputs, and what is wrong with others.
    fn all(inputs: &Inputs, settings: &ReadSettings) -> Result<(Vec<Seen>, Skipped), Failure> {
        let mut all = Vec::new();
        let settings = ReadSettings { strict: false, ..settings.clone() };
        let skipped = inputs.scan_into(&settings, &|_| (), Seen::of, &mut |location, (id, is_name, words)| {
            all.push(Seen { location, id, is_name, words });
        })?;
        Ok((all, skipped))
    }

    fn own(&self) -> Option<(&str, u64)> {
        self.id.as_deref().map(|id| (id, self.words))
    }
}

/// Compares the inputs, found under these paths, with what the commit `reference` had there. Files that look like articles, are not read,
/// and were there with the same bytes are excused.
pub(super) fn since(
    reference: &str,
    paths: &[PathBuf],
    inputs: &mut Inputs,
    settings: &ReadSettings,
    temporary: &Path,
) -> Result<Since, Failure> {
    let option = |message: String| Failure::Said(format!("--since {reference}: {message}"));
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(option("standard input has no history; name files or folders".to_owned()));
    }
    let repository = Repository::around(paths)?;
    let repository = repository.ok_or_else(|| option("the articles are in no git repository".to_owned()))?;
    let object = repository.commit("--since", reference)?;
    let fails = |error| Failure::output(format!("a temporary folder in {}", temporary.display()), &error);
    let folder = TemporaryFolder::in_folder(temporary).map_err(fails)?;
    // Without links in it, so that what stands in it can be told by its beginning.
    let place = folder.path().canonicalize().map_err(fails)?;
    let mut compared = || {
        let commit = Commit::of(&repository, reference, &object, paths)?;
        let real: Vec<Option<PathBuf>> =
            inputs.files().iter().map(|file| file.path()?.canonicalize().ok()).collect::<Vec<_>>();
        commit.refuse_submodules(real.iter().flatten())?;
        let inside: Vec<Option<PathBuf>> =
            real.iter().map(|path| Some(path.as_ref()?.strip_prefix(commit.top()).ok()?.to_owned())).collect();
        // What is wrong with them is for the check to say.
        let (now, _) = Seen::all(inputs, settings)?;
        let settings = &ReadSettings { strict: false, ..settings.clone() };
        let since = compare(reference, (inputs, &inside), settings, &now, (&commit, &place))?;
        let top = commit.top().to_owned();
        inputs.excuse_unread(|file| {
            let inside =
                without_following(&file.path).ok().and_then(|path| Some(path.strip_prefix(&top).ok()?.to_owned()));
            !file.path.is_symlink() && inside.is_some_and(|inside| same_bytes(&place.join(inside), &file.path))
        });
        Ok(since)
    };
    compared().map_err(|failure| match failure {
        Failure::Said(message) => option(in_commit(reference, &place, &message)),
        failure => failure,
    })
}

/// A message in which files are named as git names them, and not by the temporary folder, which is another each time.
fn in_commit(reference: &str, place: &Path, message: &str) -> String {
    let place = format!("{}{}", place.display(), std::path::MAIN_SEPARATOR);
    message.replace(&place, &format!("{reference}:")).replace(&place.replace('\\', "/"), &format!("{reference}:"))
}

/// Compares the inputs, with their paths in the repository, with those of the commit, which are written to `place`.
fn compare(
    reference: &str,
    (inputs, inside): (&Inputs, &[Option<PathBuf>]),
    settings: &ReadSettings,
    now: &[Seen],
    (commit, place): (&Commit, &Path),
) -> Result<Since, Failure> {
    let places = commit.write_to(place)?;
    // All of it is under version control, so all of it is read, hidden or not.
    let guard = Guard {
        tracked: commit.files().map(|(file, _)| place.join(file)).collect(),
        roots: vec![place.to_owned()],
        ..Guard::default()
    };
    let old = old_inputs(places, settings, &guard)?;
    // Beside the folder, which goes before this is read.
    let beside = place.parent().unwrap_or(place);
    let mut gone = tempfile::tempfile_in(beside).map_err(|error| Failure::output("a temporary file", &error))?;
    let Some(mut old) = old else {
        warn_of_nothing(reference);
        return Ok(Since {
            unchanged: BTreeSet::new(),
            excused: Excused::default(),
            gone,
            object: commit.object().to_owned(),
        });
    };
    let old_inside: Vec<PathBuf> = old.files().iter().map(|file| inside_of(file.path(), place)).collect();
    for (file, inside) in old.files().iter().zip(&old_inside) {
        file.path().map_or(Ok(()), |path| commit.refuse_pointer(path, inside))?;
    }
    old.list_bad_records(Listing { files: old.files().len(), ..Listing::default() });
    let (had, skipped) = Seen::all(&old, settings)?;
    if had.is_empty() {
        warn_of_nothing(reference);
    }
    for truncated in &skipped.truncated {
        let truncated = in_commit(reference, place, &truncated.to_string());
        talk::warning(&format!("{reference} has it as well: {truncated}"));
    }
    let excused = excused(&skipped, (&old, &old_inside), (inputs, inside));
    let Told { unchanged, missing } = Told::of(now, inside, &had, &old_inside);
    let mut edited: HashMap<&Path, usize> = HashMap::new();
    for one in now.iter().filter(|one| one.id.is_none() && !unchanged.contains(&one.location)) {
        if let Some(path) = inside[one.location.file as usize].as_deref() {
            *edited.entry(path).or_default() += 1;
        }
    }
    let files = inside.iter().zip(0..).filter_map(|(path, file)| Some((path.as_deref()?, file))).collect();
    let mut names = Names { reference, now: inputs, files, old_inside: &old_inside, edited };
    write_gone(&mut gone, &old, settings, &had, &missing, &mut names)?;
    Ok(Since { unchanged, excused, gone, object: commit.object().to_owned() })
}

/// Whoever names the file that was changed, and not the corpus, holds it against nothing else.
fn warn_of_nothing(reference: &str) {
    talk::warning(&format!(
        "{reference} has no article under the paths named, so all of them are new; name the whole corpus, not only what was changed"
    ));
}

/// The inputs at these paths, as far as there are any: what a path leads to now it may not have led to then.
fn old_inputs(paths: Vec<PathBuf>, settings: &ReadSettings, guard: &Guard) -> Result<Option<Inputs>, Failure> {
    let mut with_articles = Vec::new();
    for path in paths {
        match discover_guarded(std::slice::from_ref(&path), settings, guard) {
            Err(ReadError::NoArticles { .. } | ReadError::UnknownEnding { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => with_articles.push(path),
        }
    }
    if with_articles.is_empty() {
        return Ok(None);
    }
    Ok(Some(discover_guarded(&with_articles, settings, guard)?.that_may_lack_fields()))
}

/// Where it is from the root, through links, as the inputs of now are told.
fn inside_of(path: Option<&Path>, folder: &Path) -> PathBuf {
    let real = path.and_then(|path| path.canonicalize().ok());
    real.and_then(|path| Some(path.strip_prefix(folder).ok()?.to_owned())).unwrap_or_default()
}

/// The records of the commit that could not be read, and the inputs that are byte for byte as it has them.
fn excused(
    skipped: &Skipped,
    (old, old_inside): (&Inputs, &[PathBuf]),
    (now, inside): (&Inputs, &[Option<PathBuf>]),
) -> Excused {
    let of_old: HashMap<&Path, usize> = old_inside.iter().map(PathBuf::as_path).zip(0..).collect();
    let is_same = |file: usize| -> Option<bool> {
        let old = old.files()[*of_old.get(inside[file].as_deref()?)?].path()?;
        Some(same_bytes(old, now.files()[file].path()?))
    };
    // Only of a file with something wrong in it this makes a difference.
    let wrong = skipped.bad_records > 0 || !skipped.truncated.is_empty();
    let files = (0..now.files().len()).filter(|&file| wrong && is_same(file) == Some(true));
    Excused {
        contents: skipped.bad.listed.iter().filter_map(|bad| bad.content).collect(),
        files: files.filter_map(|file| u32::try_from(file).ok()).collect(),
    }
}

/// Whether two files hold the same; not where one can't be read, which is for others to say.
fn same_bytes(a: &Path, b: &Path) -> bool {
    use std::io::{BufRead, BufReader};
    let length = |path: &Path| path.metadata().map(|found| found.len()).ok();
    let (Ok(left), Ok(right)) = (File::open(a), File::open(b)) else { return false };
    let (mut left, mut right) = (BufReader::new(left), BufReader::new(right));
    if length(a) != length(b) {
        return false;
    }
    loop {
        let (Ok(one), Ok(other)) = (left.fill_buf(), right.fill_buf()) else { return false };
        let common = one.len().min(other.len());
        if common == 0 || one[..common] != other[..common] {
            return one.is_empty() && other.is_empty();
        }
        left.consume(common);
        right.consume(common);
    }
}

/// Which records are which.
struct Told {
    /// Where those of now stand that were there.
    unchanged: BTreeSet<Location>,
    /// The places, among those that were there, of those that are no longer.
    missing: Vec<usize>,
}

impl Told {
    /// A record with an id is known wherever it stands now. One without is known where it stood; and where it no longer does, as many
    /// with its words that stand elsewhere: it was moved. One more of the same words is new.
    fn of(now: &[Seen], inside: &[Option<PathBuf>], had: &[Seen], old_inside: &[PathBuf]) -> Told {
        let mut unchanged = BTreeSet::new();
        let were: HashSet<(&str, u64)> = had.iter().filter_map(Seen::own).collect();
        let are: HashSet<(&str, u64)> = now.iter().filter_map(Seen::own).collect();
        // By words, then by file: the places of records without an id.
        let mut bare: HashMap<u64, BTreeMap<&Path, Vec<usize>>> = HashMap::new();
        for (place, one) in had.iter().enumerate().rev().filter(|(_, one)| one.id.is_none()) {
            let file = old_inside[one.location.file as usize].as_path();
            bare.entry(one.words).or_default().entry(file).or_default().push(place);
        }
        let mut elsewhere = Vec::new();
        for one in now {
            match one.own() {
                Some(own) if were.contains(&own) => _ = unchanged.insert(one.location),
                Some(_) => {}
                None => {
                    let file = inside[one.location.file as usize].as_deref();
                    let there = file.and_then(|file| bare.get_mut(&one.words)?.get_mut(file)?.pop());
                    match there {
                        Some(_) => _ = unchanged.insert(one.location),
                        None => elsewhere.push(one),
                    }
                }
            }
        }
        let left = |files: BTreeMap<&Path, Vec<usize>>| files.into_values().flatten().collect::<Vec<_>>();
        let mut bare: HashMap<u64, Vec<usize>> = bare.into_iter().map(|(words, files)| (words, left(files))).collect();
        for one in elsewhere {
            if bare.get_mut(&one.words).and_then(Vec::pop).is_some() {
                unchanged.insert(one.location);
            }
        }
        let mut missing: Vec<usize> = bare.into_values().flatten().collect();
        let with_id = had.iter().enumerate().filter(|(_, one)| one.own().is_some_and(|own| !are.contains(&own)));
        missing.extend(with_id.map(|(place, _)| place));
        missing.sort_unstable();
        Told { unchanged, missing }
    }
}

/// What records without an id of their own are called that a commit had.
struct Names<'n> {
    reference: &'n str,
    now: &'n Inputs,
    /// The inputs that there are now, by their paths in the repository.
    files: HashMap<&'n Path, usize>,
    old_inside: &'n [PathBuf],
    /// How many records without an id a file has now that the commit had not: each stands in the place of one that is missing there.
    edited: HashMap<&'n Path, usize>,
}

impl Names<'_> {
    /// What a record is called; `None` where another stands in its place now. A text file is an earlier version of what it is now; of
    /// a file that is gone, git's own way of writing it.
    fn of(&mut self, record: &Seen) -> Option<String> {
        let inside = self.old_inside[record.location.file as usize].as_path();
        let (file, was) = (self.files.get(inside), inside.display());
        match (&record.id, file) {
            (Some(id), _) => Some(id.clone()),
            (None, Some(&file)) if record.is_name => Some(self.now.files()[file].text_id().to_owned()),
            (None, Some(_)) if self.edited.get_mut(inside).is_some_and(took_one) => None,
            (None, None) if record.is_name => Some(format!("{}:{was}", self.reference)),
            (None, _) => Some(format!("{}:{was}:{}", self.reference, record.location.line)),
        }
    }
}

/// Takes one, if there is one left.
fn took_one(left: &mut usize) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}

/// Writes the missing records as JSON lines, a few at a time.
fn write_gone(
    to: &mut File,
    old: &Inputs,
    settings: &ReadSettings,
    had: &[Seen],
    missing: &[usize],
    names: &mut Names<'_>,
) -> Result<(), Failure> {
    let fails = |error| Failure::output("a temporary file", &error);
    let named: Vec<(Location, String)> =
        missing.iter().filter_map(|&place| Some((had[place].location, names.of(&had[place])?))).collect();
    for some in named.chunks(GONE_AT_ONCE) {
        let wanted: Vec<Location> = some.iter().map(|(location, _)| *location).collect();
        let lines = old.reread(settings, &wanted, &|_| (), |place, article| {
            let id = some[place].1.as_str().into();
            document(&Article { id, id_is_place: false, id_is_name: false, ..article.clone() })
        })?;
        for line in lines {
            to.write_all(&line).map_err(fails)?;
        }
    }
    to.seek(SeekFrom::Start(0)).map(drop).map_err(fails)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Records of a few words in a few files, in the order of an input.
    fn records() -> impl Strategy<Value = Vec<Seen>> {
        let one = (0..3u32, prop::option::of(0..2u8), 0..3u64);
        prop::collection::vec(one, 0..8).prop_map(|mut all| {
            all.sort();
            let record = |((file, id, words), line): ((u32, Option<u8>, u64), u32)| Seen {
                location: Location { file, line, offset: u64::from(line), length: 1, index: 0 },
                id: id.map(|id| id.to_string()),
                is_name: false,
                words,
            };
            all.into_iter().zip(1..).map(record).collect()
        })
    }

    proptest! {
        /// Of no words more records without an id are known than there were, and as many as can be; each that stands where it stood is.
        #[test]
        fn as_many_are_known_as_there_were(now in records(), had in records()) {
            let files = ["a", "b", "c"].map(PathBuf::from);
            let inside = files.clone().map(Some);
            let Told { unchanged, missing } = Told::of(&now, &inside, &had, &files);
            for one in now.iter().filter(|one| one.id.is_some()) {
                prop_assert_eq!(unchanged.contains(&one.location), had.iter().any(|was| was.own() == one.own()));
            }
            for (place, was) in had.iter().enumerate() {
                let is_missing = missing.contains(&place);
                prop_assert!(was.id.is_none() || is_missing != now.iter().any(|one| one.own() == was.own()));
            }
            for words in 0..3 {
                let bare = |one: &&Seen| one.id.is_none() && one.words == words;
                let (is, was) = (now.iter().filter(bare).count(), had.iter().filter(bare).count());
                let known = now.iter().filter(bare).filter(|one| unchanged.contains(&one.location)).count();
                prop_assert_eq!(known, is.min(was));
                prop_assert_eq!(missing.iter().filter(|&&place| bare(&&had[place])).count(), was - known);
                for file in 0..3 {
                    let here = |all: &[Seen]| all.iter().filter(bare).filter(|one| one.location.file == file).count();
                    let known = now.iter().filter(bare).filter(|one| one.location.file == file && unchanged.contains(&one.location));
                    prop_assert!(known.count() >= here(&now).min(here(&had)), "what stands where it stood comes first");
                }
            }
        }
    }
}
