//! Where the process was started, as seen from the top of the repository.

use std::path::{Path, PathBuf};

use wirecopy::report::Base;

/// Where paths in reports are counted from, where the process was started in a repository.
pub(super) fn base() -> Option<Base> {
    let current = std::env::current_dir().ok()?;
    top().map(|top| Base { top, current })
}

/// The top of the repository that the process was started in: `$GITHUB_WORKSPACE` where that holds the current folder, else the
/// nearest folder above with a `.git`. No git is asked, so no configuration of the repository has a say.
pub(super) fn top() -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let given = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from).and_then(|path| path.canonicalize().ok());
    top_of(&current, given)
}

fn top_of(current: &Path, given: Option<PathBuf>) -> Option<PathBuf> {
    let repository = || current.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
    given.filter(|given| current.starts_with(given)).or_else(|| repository().map(Path::to_owned))
}

/// The folder that the process was started in, and the top of its repository.
pub(super) fn start() -> Vec<PathBuf> {
    std::env::current_dir().ok().into_iter().chain(top()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_the_nearest_folder_with_a_repository_or_the_one_that_is_given() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("repository/corpus/news")).unwrap();
        std::fs::create_dir(at("repository/.git")).unwrap();
        let current = at("repository/corpus/news");
        assert_eq!(top_of(&current, None), Some(at("repository")));
        assert_eq!(top_of(&current, Some(at("repository/corpus"))), Some(at("repository/corpus")));
        assert_eq!(top_of(&current, Some(at("elsewhere"))), Some(at("repository")), "a workspace that is another");
        // A worktree has a file there.
        std::fs::write(at("repository/corpus/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(top_of(&current, None), Some(at("repository/corpus")));
    }
}
