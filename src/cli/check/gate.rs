//! By which rules are articles judged, and what may the folder that is checked say about that?
//!
//! Whoever fills the folder may want to pass. What it holds is looked at whether or not it is hidden or ignored, no link leads out of it,
//! and with a base that is trusted its rules are those of the base.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use wirecopy::check::{GateChange, Origins, Question};
use wirecopy::read::{Guard, Inputs, Location, Why};
use wirecopy::settings::ReadSettings;

use super::super::git::Repository;
use super::super::session::{CONFIG_NAME, Session, config_text, many_paths, path};
use super::super::trust::{Trust, TrustedCopy};
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
    let mut changes = Vec::new();
    let config = path(matches, "config").unwrap_or(Path::new(CONFIG_NAME));
    if !matches.get_flag("no-config") {
        changes.extend(trust.change(config, "the configuration")?);
    }
    if let Some(baseline) = path(matches, "baseline") {
        changes.extend(trust.change(baseline, "the baseline")?);
    }
    for path in many_paths(matches, "against").iter().filter(|path| is_or_was_an_index(path)) {
        changes.extend(trust.change(path, "the index")?);
    }
    let mut of_ignores = Vec::new();
    for file in found.0.ignore_files() {
        of_ignores.extend(trust.change(Path::new(file), "an ignore file")?);
    }
    let mut found = found;
    if !of_ignores.is_empty() {
        // Which lines were there before does not matter: without any, everything is looked at.
        session.settings.read.no_ignore = true;
        found = inputs(session, known, guard, Some(trust))?;
    }
    changes.extend(of_ignores);
    excuse_what_the_base_has(&mut found.0, trust)?;
    Ok((found, changes))
}

fn is_or_was_an_index(path: &Path) -> bool {
    wirecopy::index::Index::is_at(path) || path.extension().is_some_and(|ending| ending == "index")
}

/// Files that can't be read and that the base has with the same bytes are nobody's finding.
fn excuse_what_the_base_has(inputs: &mut Inputs, trust: &Trust) -> Result<(), Failure> {
    let mut excused = BTreeSet::new();
    for file in inputs.unread() {
        if trust.has_as_it_is(&file.path)? {
            excused.insert(file.path.clone());
        }
    }
    inputs.excuse_unread(|file| excused.contains(&file.path));
    Ok(())
}

/// Where the rules come from.
pub(super) fn origins(matches: &ArgMatches, trust: Option<&Trust>) -> Result<Origins, Failure> {
    Ok(Origins {
        configuration: config_text(matches)?.map(|(path, _)| path.display().to_string()),
        baseline: path(matches, "baseline").map(|path| match trust {
            Some(trust) if trust.holds(path) => trust.name(path),
            _ => path.display().to_string(),
        }),
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
    let mut folders: Vec<PathBuf> = Vec::new();
    for inside in paths.iter().filter_map(|path| repository.inside(path)) {
        // The folder at the top that it stands in; of a file at the top itself there are no siblings.
        let mut parts = inside.components();
        if let (Some(first), Some(_)) = (parts.next(), parts.next()) {
            folders.push(repository.top().join(first));
        }
    }
    folders.sort();
    folders.dedup();
    if folders.is_empty() {
        return Ok(Vec::new());
    }
    let named: BTreeSet<PathBuf> = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let is_sibling = |file: &PathBuf| {
        folders.iter().any(|folder| file.starts_with(folder)) && file.is_file() && !named.contains(file)
    };
    Ok(repository.tracked()?.into_iter().filter(is_sibling).collect())
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
    let passed: u64 =
        inputs.passed_over().iter().filter(|(why, _)| **why != Why::NoArticle).map(|(_, files)| files.files).sum();
    match (known, name) {
        (0, _) if passed > 0 => {
            format!("nothing was judged: the input holds no article with words, and {passed} files were passed over")
        }
        (0, _) => "nothing was judged: the input holds no article with words".to_owned(),
        (known, Some(name)) => format!(
            "nothing was judged: all {known} articles are in {name} already; to check what a commit adds, name its base with --since or \
             --trust-base"
        ),
        (known, None) => format!("nothing was judged: all {known} articles are known"),
    }
}
