//! By which rules are articles judged, and what may the folder that is checked say about that?
//!
//! Whoever fills the folder may want to pass. What it holds is looked at whether or not it is hidden or ignored, no link leads out of it,
//! and with a base that is trusted its rules are those of the base.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use wirecopy::check::{GateChange, Origins, Question};
use wirecopy::read::{Guard, Inputs, Location, Why, discover_guarded};
use wirecopy::settings::ReadSettings;

use super::super::git::Repository;
use super::super::session::{CONFIG_NAME, Session, config_text, many_paths, path};
use super::super::trust::{Trust, Trusted, TrustedCopy};
use super::super::{Failure, talk};
use super::against::{Against, Found, inputs};

/// What bounds reading the new articles and those that are known.
pub(super) fn guard(paths: &[PathBuf], known: &Against, copy: Option<&TrustedCopy>) -> Result<Guard, Failure> {
    let mut all: Vec<PathBuf> = paths.iter().filter(|path| path.exists()).cloned().collect();
    if let (Against::Paths(paths), None) = (known, copy) {
        all.extend(paths.iter().filter(|path| path.exists()).cloned());
    }
    let mut guard =
        Guard { roots: all.iter().filter_map(|path| path.canonicalize().ok()).collect(), ..Guard::default() };
    if let Some(repository) = Repository::around(&all)? {
        guard.top = Some(repository.top().to_owned());
        match repository.tracked() {
            Ok(tracked) => guard.tracked = tracked,
            Err(Failure::Said(why)) => talk::warning(&format!(
                "hidden and ignored files were passed over, whether or not they are under version control: {why}"
            )),
            Err(failure) => return Err(failure),
        }
    }
    if let Some(copy) = copy {
        guard.tracked.extend(copy.guard.tracked.iter().cloned());
        guard.roots.extend(copy.guard.roots.iter().cloned());
        guard.shown.clone_from(&copy.guard.shown);
    }
    Ok(guard)
}

/// Adds to the inputs what is under version control below these paths and not there: a sparse checkout, a submodule that is not fetched.
pub(super) fn add_absent(inputs: &mut Inputs, paths: &[PathBuf], trust: Option<&Trust>) -> Result<(), Failure> {
    let Some(repository) = Repository::around(paths)? else { return Ok(()) };
    let roots: Vec<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let Ok(tracked) = repository.tracked_by_kind() else { return Ok(()) };
    let (mut files, mut submodules) = (Vec::new(), Vec::new());
    for (path, is_submodule) in tracked.into_iter().filter(|(path, _)| roots.iter().any(|root| path.starts_with(root)))
    {
        let name = path.strip_prefix(repository.top()).unwrap_or(&path).to_string_lossy().into_owned();
        let is_there = match is_submodule {
            true => std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()),
            false => path.symlink_metadata().is_ok(),
        };
        match (is_there, is_submodule) {
            (true, _) => {}
            (false, false) => files.push(name),
            (false, true) if trust.map_or(Ok(false), |trust| trust.has_submodule(&path))? => files.push(name),
            (false, true) => submodules.push((name, path)),
        }
    }
    inputs.add_absent(files, submodules);
    Ok(())
}

/// What is read, under rules that the base that is trusted has as well; what of them differs comes along.
pub(super) fn inputs_by_rules(
    matches: &ArgMatches,
    session: &mut Session,
    known: &Against,
    guard: &Guard,
    trust: Option<&Trust>,
) -> Result<(Found, Vec<GateChange>), Failure> {
    let found = inputs(session, known, guard, trust)?;
    let Some(trust) = trust else { return Ok((found, Vec::new())) };
    let mut rules: Vec<(PathBuf, &str)> = Vec::new();
    if !matches.get_flag("no-config") {
        rules.push((path(matches, "config").unwrap_or(Path::new(CONFIG_NAME)).to_owned(), "the configuration"));
    }
    rules.extend(path(matches, "baseline").map(|path| (path.to_owned(), "the baseline")));
    let indexes = many_paths(matches, "against").into_iter().filter(|path| is_or_was_an_index(path));
    rules.extend(indexes.map(|path| (path, "the index")));
    let ignore_files = found.0.ignore_files().iter().map(|file| (PathBuf::from(file), "an ignore file"));
    let of_ignores = trust.changes(&ignore_files.collect::<Vec<_>>())?;
    let mut found = found;
    if !of_ignores.is_empty() {
        // Which lines were there before does not matter: without any, everything is looked at.
        session.settings.read.no_ignore = true;
        found = inputs(session, known, guard, Some(trust))?;
    }
    // Files that can't be read and that the base has with the same bytes are no findings.
    let unread: Vec<PathBuf> = found.0.unread().iter().map(|file| file.path.clone()).collect();
    let excused = trust.as_they_are(&unread)?;
    found.0.excuse_unread(|file| excused.contains(&file.path));
    // Attributes say what a checkout makes of a file, and so what is read here.
    rules.extend(trust.named(".gitattributes")?.into_iter().map(|path| (path, "a file of attributes")));
    let mut changes = trust.changes(&rules)?;
    changes.extend(of_ignores);
    Ok((found, changes))
}

fn is_or_was_an_index(path: &Path) -> bool {
    wirecopy::index::Index::is_at(path) || path.extension().is_some_and(|ending| ending == "index")
}

/// Where the rules come from.
pub(super) fn origins(matches: &ArgMatches, trust: Option<&Trust>) -> Result<Origins, Failure> {
    let baseline = match (path(matches, "baseline"), trust) {
        (None, _) => None,
        (Some(path), None) => Some(path.display().to_string()),
        (Some(path), Some(trust)) => match trust.text(path)? {
            Trusted::Held(_) => Some(trust.name(path)),
            Trusted::Outside => Some(path.display().to_string()),
            Trusted::Missing => None,
        },
    };
    Ok(Origins {
        configuration: config_text(matches, trust)?.map(|(path, _)| path.display().to_string()),
        baseline,
        index: None,
        trusted_base: trust.map(|trust| format!("{} ({})", trust.reference(), trust.object())),
        since: None,
    })
}

/// The other files of the folders that these files stand in, where pre-commit has named them: it hands over the names of changed files, in
/// several runs where there are many, so that two copies in one commit might never meet. None where it did not.
pub(super) fn siblings(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if std::env::var_os("PRE_COMMIT").is_none() || !paths.iter().all(|path| path.is_file()) {
        return Ok(Vec::new());
    }
    let Some(repository) = Repository::of_working_directory()? else { return Ok(Vec::new()) };
    // The folder at the top that a file stands in; of files at the top the others there.
    let place = |inside: &Path| match inside.components().next() {
        Some(first) if inside.components().count() > 1 => Some(PathBuf::from(first.as_os_str())),
        _ => None,
    };
    let of_named: BTreeSet<Option<PathBuf>> =
        paths.iter().filter_map(|path| repository.inside(path)).map(|inside| place(&inside)).collect();
    let named: BTreeSet<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let is_sibling = |file: &PathBuf| {
        let inside = file.strip_prefix(repository.top()).unwrap_or(file);
        of_named.contains(&place(inside)) && file.is_file() && !named.contains(file) && is_read(file)
    };
    Ok(repository.tracked()?.into_iter().filter(is_sibling).collect())
}

/// Whether a file is one that articles are read from, which a file that is named outright must be.
fn is_read(file: &Path) -> bool {
    let settings = ReadSettings::default();
    discover_guarded(&[file.to_owned()], &settings, &Guard::default()).is_ok()
}

/// Takes what stands in siblings for known.
pub(super) fn excuse_siblings(
    question: &mut Question,
    inputs: &Inputs,
    siblings: &[PathBuf],
    settings: &ReadSettings,
) -> Result<(), Failure> {
    if siblings.is_empty() {
        return Ok(());
    }
    let siblings: BTreeSet<&Path> = siblings.iter().map(PathBuf::as_path).collect();
    let is_sibling: Vec<bool> =
        inputs.files().iter().map(|file| file.path().is_some_and(|path| siblings.contains(path))).collect();
    let settings = ReadSettings { strict: false, ..settings.clone() };
    let mut known: BTreeSet<Location> = BTreeSet::new();
    inputs.scan_into(&settings, &|_| (), |_| (), &mut |location, ()| {
        if is_sibling[location.file as usize] {
            known.insert(location);
        }
    })?;
    question.unchanged.extend(known);
    question.excused.files.extend(is_sibling.iter().zip(0..).filter(|(is, _)| **is).map(|(_, file)| file));
    Ok(())
}

/// Why no article was judged, where none was: an answer where a base was named, and else no check.
pub(super) fn nothing_was_judged(inputs: &Inputs, known: u64, name: Option<&str>) -> String {
    let passed_over = inputs.passed_over().iter().filter(|(why, _)| **why != Why::NoArticle);
    let passed_over: u64 = passed_over.map(|(_, files)| files.files).sum();
    let all = if known == 1 { "the only article is".to_owned() } else { format!("all {known} articles are") };
    match (known, name) {
        (0, _) if passed_over > 0 => format!(
            "nothing was judged: the input holds no article with words, and {} passed over",
            talk::counted(passed_over, "file was", "files were")
        ),
        (0, _) => "nothing was judged: the input holds no article with words".to_owned(),
        (_, Some(name)) => format!(
            "nothing was judged: {all} in {name} already; to check what a commit adds, name its base with --since or --trust-base"
        ),
        (_, None) => format!("nothing was judged: {all} known"),
    }
}
