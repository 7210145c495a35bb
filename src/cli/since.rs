//! A commit in, which records of the inputs it did not have out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use wirecopy::index::document;
use wirecopy::normalize::Words;
use wirecopy::read::{Inputs, Location, ReadError, discover};
use wirecopy::settings::ReadSettings;

use super::Failure;

/// What of the inputs a commit had.
pub(super) struct Since {
    /// Where records stand that it had.
    pub(super) unchanged: BTreeSet<Location>,
    /// Its records that are no longer there, or with other words, as JSON lines.
    pub(super) gone: Vec<u8>,
}

/// A record as two versions of a file are told apart by: its id and its words.
///
/// Where the id is only a place, or the name of a text file, which may be told from others by its folder, the words alone say it.
type Identity = (Option<String>, u64);

fn identity(article: &wirecopy::article::Article<'_>) -> Identity {
    let own = !article.id_is_place && !article.id_is_name;
    (own.then(|| article.id.clone().into_owned()), Words::of(&article.text).fingerprint())
}

/// Compares the inputs, found under these paths, with what the commit `reference` had there.
pub(super) fn since(
    reference: &str,
    paths: &[PathBuf],
    inputs: &Inputs,
    settings: &ReadSettings,
) -> Result<Since, Failure> {
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Said("--since: standard input has no history; name files or folders".to_owned()));
    }
    let now = inputs.scan(settings, &|_| (), identity)?.articles;
    let folder = tempfile::tempdir().map_err(|error| Failure::output("a temporary folder", &error))?;
    let old_paths = check_out(reference, paths, folder.path())?;
    let old = match discover(&old_paths, settings) {
        // All of it is new.
        Err(ReadError::NothingGiven | ReadError::NoArticles { .. }) => None,
        old => Some(old?),
    };
    let had: Vec<(Identity, Vec<u8>)> = match &old {
        Some(old) => {
            let scan = old.scan(settings, &|_| (), |article| (identity(article), document(article)))?;
            scan.articles.into_iter().map(|(_, one)| one).collect()
        }
        None => Vec::new(),
    };
    let were: BTreeSet<&Identity> = had.iter().map(|(identity, _)| identity).collect();
    let are: BTreeSet<&Identity> = now.iter().map(|(_, identity)| identity).collect();
    let unchanged = now.iter().filter(|(_, one)| were.contains(one)).map(|(location, _)| *location).collect();
    let gone = had.iter().filter(|(one, _)| !are.contains(one)).flat_map(|(_, line)| line.iter().copied()).collect();
    Ok(Since { unchanged, gone })
}

/// Writes what the commit has under these paths into a folder, and says where each path is there. The repository, its index and
/// its files stay as they are.
fn check_out(reference: &str, paths: &[PathBuf], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let real = |path: &Path| path.canonicalize().map_err(|error| Failure::input(path, &error));
    let first = real(paths.first().map_or(Path::new("."), PathBuf::as_path))?;
    let start = if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(&first) };
    let root = PathBuf::from(git(start, &["rev-parse", "--show-toplevel"], None)?.trim_end());
    let commit = format!("{reference}^{{commit}}");
    let commit = git(&root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit], None).map_err(|_| {
        Failure::Said(format!(
            "--since {reference}: the repository has no such commit; fetch it (in a workflow: fetch-depth: 0), or name another"
        ))
    })?;
    let mut found = Vec::new();
    for path in paths {
        let path = real(path)?;
        let inside = path.strip_prefix(real(&root)?).map_err(|_| {
            Failure::Said(format!("--since: {} is not in the repository {}", path.display(), root.display()))
        })?;
        let inside = if inside.as_os_str().is_empty() { Path::new(".") } else { inside };
        let pathspec = format!(":(literal){}", inside.display());
        let listed = git(
            &root,
            &["ls-tree", "-r", "--name-only", "-z", commit.trim_end(), "--", &inside.display().to_string()],
            None,
        )?;
        if listed.is_empty() {
            continue;
        }
        git(&root, &["checkout", "--quiet", commit.trim_end(), "--", &pathspec], Some(folder))?;
        found.push(folder.join(inside));
    }
    Ok(found)
}

/// What git says. With `work_tree`, files go there, and an index of its own keeps that of the repository as it is.
fn git(folder: &Path, arguments: &[&str], work_tree: Option<&Path>) -> Result<String, Failure> {
    let mut command = Command::new("git");
    // A hook runs with variables that say which repository and which index git itself is at work on.
    for variable in
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"]
    {
        command.env_remove(variable);
    }
    // No hook of the repository runs for what we read.
    command.args(["-c", "core.hooksPath=/dev/null"]);
    command.arg("-C").arg(folder).args(arguments);
    if let Some(work_tree) = work_tree {
        command.env("GIT_WORK_TREE", work_tree).env("GIT_INDEX_FILE", work_tree.join(".git-index-of-check"));
        let directory = git(folder, &["rev-parse", "--absolute-git-dir"], None)?;
        command.env("GIT_DIR", directory.trim_end());
    }
    let output = command.output().map_err(|error| Failure::Said(format!("--since: git could not be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::Said(format!("--since: git {}: {}", arguments.first().unwrap_or(&""), said.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
