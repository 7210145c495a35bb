//! What new articles are checked against: an index, other inputs, or nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use wirecopy::index::{Folder, Index, Writer};
use wirecopy::read::{Guard, Inputs, discover_guarded};
use wirecopy::settings::Settings;

use super::super::session::{Session, many_paths};
use super::super::trust::{Trust, TrustedCopy};
use super::super::{Failure, dedup};

/// What new articles are checked against.
pub(super) enum Against {
    Nothing,
    Paths(Vec<PathBuf>),
    Index(Box<Index>),
    /// An index that articles are to be added to: nobody else can, while this is held.
    Writer(Box<Writer>),
}

impl Against {
    /// With a base that is trusted, what lies in the repository is taken as that commit has it; the copy of it comes along.
    pub(super) fn open(matches: &ArgMatches, trust: Option<&Trust>) -> Result<(Against, Option<TrustedCopy>), Failure> {
        let paths = many_paths(matches, "against");
        let Some(trust) = trust.filter(|_| !paths.is_empty()) else { return Ok((Against::of(matches, paths)?, None)) };
        // What a step of the workflow has made no change can bring along.
        if let [path] = &paths[..]
            && (Index::is_at(path) || looks_like_an_index(path))
            && trust.is_untouched(path)?
        {
            return Ok((Against::of(matches, paths)?, None));
        }
        let copy = trust.copy(&paths)?;
        match &copy.paths[..] {
            [_] if copy.paths == paths => Ok((Against::of(matches, paths)?, None)),
            [place] if Index::is_at(place) => {
                if matches.get_flag("add") {
                    return Err(Failure::Said(format!(
                        "--add: {} is read as {} has it, and nothing is added to that; keep the index outside of the repository",
                        paths[0].display(),
                        trust.reference()
                    )));
                }
                let index = Index::open_in(Arc::new(Folder::new(place)), Path::new(&trust.name(&paths[0])))?;
                Ok((Against::Index(Box::new(index)), Some(copy)))
            }
            _ => Ok((Against::of(matches, copy.paths.clone())?, Some(copy))),
        }
    }

    fn of(matches: &ArgMatches, paths: Vec<PathBuf>) -> Result<Against, Failure> {
        let adds = matches.get_flag("add");
        // A stream takes the lock for as long as each article needs it.
        let writes = adds && !matches.get_flag("stream");
        let (indexes, others): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| Index::is_at(path));
        match (&indexes[..], &others[..]) {
            ([], []) if adds => Err(Failure::Said("--add: name the index to add to with --against".to_owned())),
            ([], []) => Ok(Against::Nothing),
            ([], [path]) if adds || looks_like_an_index(path) => Err(Index::open(path)
                .map_or_else(Failure::from, |_| Failure::Said(format!("{}: is no index", path.display())))),
            ([], _) if adds => {
                Err(Failure::Said("--add: articles are added to an index, and to nothing else".to_owned()))
            }
            ([], _) => Ok(Against::Paths(others)),
            ([path], []) if writes => Ok(Against::Writer(Box::new(Writer::open(path, matches.get_flag("wait"))?))),
            ([path], []) => Ok(Against::Index(Box::new(Index::open(path)?))),
            _ => Err(Failure::Said(
                "--against: one index, or files and folders; not several indexes, nor both".to_owned(),
            )),
        }
    }

    pub(super) fn index(&self) -> Option<&Index> {
        match self {
            Against::Index(index) => Some(index),
            Against::Writer(writer) => Some(writer.index()),
            _ => None,
        }
    }

    pub(super) fn writer(&mut self) -> Result<&mut Writer, Failure> {
        match self {
            Against::Writer(writer) => Ok(writer),
            _ => Err(Failure::Said("--add: name the index to add to with --against".to_owned())),
        }
    }

    pub(super) fn settings(&self) -> Settings {
        self.index().map_or_else(Settings::default, |index| index.settings().clone())
    }
}

/// Whether a path is meant for an index that is not there: a folder of which nothing but the name says so.
fn looks_like_an_index(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "index")
}

/// What is read: all inputs, how many of them are new, and the name of what they are held against.
pub(super) type Found = (Inputs, usize, Option<String>);

/// The new inputs, behind them those that are known, how many are new, and what the known ones are called.
pub(super) fn inputs(
    session: &Session,
    known: &Against,
    guard: &Guard,
    trust: Option<&Trust>,
) -> Result<Found, Failure> {
    let settings = &session.settings.read;
    let Against::Paths(paths) = known else {
        let inputs = discover_guarded(&session.paths, settings, guard)?;
        let count = inputs.files().len();
        return Ok((inputs, count, None));
    };
    let (inputs, count) = dedup::find(session, paths, Some(guard))?;
    let shown = |path: &PathBuf| {
        let stands_for = guard.shown.iter().find(|(place, _)| place == path);
        match (stands_for, trust) {
            (Some((_, name)), Some(trust)) => trust.name(Path::new(name)),
            _ => path.display().to_string(),
        }
    };
    let name = paths.iter().map(shown).collect::<Vec<_>>().join(", ");
    Ok((inputs, count, Some(name)))
}
