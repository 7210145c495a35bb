//! New inputs and what is known in, findings out.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::index::{Brought, Index, IndexError, LookedUp, Query, SameId};
use crate::pipeline::{Intake, LearnFrom, Progress, Run, Stage, Tables, run_inputs};
use crate::read::{Excused, Inputs, Listing, Location};
use crate::settings::{Level, Settings};

use super::disguise::disguise;
use super::judge::{Judge, Judged, content};
use super::pairs::{Found, Pairs, position};
use super::same_event::{SameEvent, Search, Standing, all_read};
use super::{Baseline, Checked, Finding, Origins, Policy, Rule, Scope, Verdict};

/// What new articles are checked against.
#[derive(Debug)]
pub enum Known<'k> {
    /// Nothing: only among themselves.
    Nothing,
    /// An index.
    Index(&'k Index),
    /// The inputs behind the first so many, by this name.
    InputsFrom(usize, String),
}

/// What a check is asked, beside the settings.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What fails it.
    pub policy: Policy,
    /// What is accepted.
    pub baseline: Baseline,
    /// The day on which entries of the baseline must still hold, `2027-01-31`.
    pub today: String,
    /// Where articles of the new inputs stand that are known already.
    pub unchanged: BTreeSet<Location>,
    /// Records of the new inputs that could not be read before either.
    pub excused: Excused,
    /// What of the rules differs from the base that is trusted.
    pub changes: Vec<GateChange>,
    /// Where the rules come from.
    pub origins: Origins,
}

/// A file or folder of the rules that differs from the base: a finding of [`Rule::GateChanged`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateChange {
    /// Its path from the top of the repository.
    pub file: String,
    /// A fingerprint of what it is now.
    pub content: String,
    /// What differs, and what that means.
    pub reason: String,
}

/// A check that was made.
#[derive(Debug)]
pub struct Outcome {
    /// What it found.
    pub checked: Checked,
    /// What was read.
    pub intake: Intake,
    /// The inputs, and behind them what of the index they were compared with.
    pub inputs: Inputs,
    /// Where the articles stand that fail.
    pub refused: BTreeSet<Location>,
    /// Where those stand that were judged and do not fail.
    pub passed: BTreeSet<Location>,
}

/// Checks the articles of the inputs.
///
/// # Errors
/// Where an input can't be read, or the index not.
pub fn check(
    mut inputs: Inputs,
    known: &Known<'_>,
    settings: &Settings,
    question: &Question,
    progress: &dyn Progress,
) -> Result<Outcome, IndexError> {
    let new_files = match known {
        Known::InputsFrom(count, _) => *count,
        _ => inputs.files().len(),
    };
    let scope = Scope::of(&inputs, question.origins.clone(), question.baseline.entries().len());
    inputs.list_bad_records(Listing { files: new_files, excused: question.excused.clone() });
    let (mut stored, mut tables) = (Stored::default(), Tables::default());
    if let Known::Index(index) = known {
        stored = look_up(&mut inputs, index, settings, progress)?;
        tables.shells = index.shells().cloned();
    }
    if let Known::InputsFrom(count, _) = known {
        let from_file = u32::try_from(*count).unwrap_or(u32::MAX);
        tables.learn_from = Some(LearnFrom { from_file, places: question.unchanged.clone() });
    }
    // Events of the run would be those of what happens to be brought along; reports of the same event are looked for pair by pair.
    let of_copies = Settings { level: Level::Copies, ..settings.clone() };
    let run = run_inputs(&inputs, &of_copies, tables, progress)?;
    stored.unchanged.extend(&question.unchanged);
    let is_known = known_articles(&run, new_files, &stored.unchanged);
    let found = Pairs::of(&run, &inputs, &question.policy, &is_known)?;
    let same_event = match settings.level {
        Level::Copies => Vec::new(),
        Level::Events => {
            progress.begin(Stage::Events, None);
            let (index, articles) = match known {
                Known::Index(index) => (Some(*index), std::mem::take(&mut stored.articles)),
                _ => (None, all_read(&run)),
            };
            let (run, inputs, is_known, articles, lines) = (&run, &inputs, &is_known[..], &articles, &stored.lines[..]);
            Search { run, inputs, settings, index, is_known, articles, lines }.same_event()?
        }
    };
    let mut judge = Judge::of(&run, &inputs, settings, question, &is_known, (&found, &same_event))?;
    let judged = judged(&mut judge, &found, same_event, &run, known, &stored)?;
    let about_files = judge.files(inputs.unread())?;
    let disguised = disguised(&inputs, settings, &run, &is_known)?;
    let fails = |one: &&Judged| one.finding.verdict == Verdict::Fails;
    let refused: BTreeSet<Location> = judged.iter().filter(fails).map(|one| one.location).collect();
    let new = run.records.iter().zip(&is_known).filter(|(_, known)| !**known).map(|(record, _)| record.location);
    let passed = new.filter(|location| !refused.contains(location)).collect();
    let disguised = disguised.into_iter().map(|(article, reason, content)| judge.disguised(article, reason, content));
    let about_files = about_files.into_iter().chain(disguised.collect::<Vec<_>>());
    let findings: Vec<Finding> = about_files.chain(judged.into_iter().map(|one| one.finding)).collect();
    let idle = judge.idle_entries(&findings);
    let tally = Tally::of(&run, &is_known, new_files);
    let checked = Checked {
        settings: settings.clone(),
        policy: question.policy.clone(),
        scope,
        articles: is_known.iter().filter(|&&known| !known).count() as u64,
        known: tally.known,
        repeated: tally.repeated,
        empty: run.intake.empty_at.iter().filter(|location| (location.file as usize) < new_files).count() as u64,
        unreadable: run.intake.skipped.bad.count,
        against: against(known, &is_known),
        zone: run.zone.clone(),
        times: run.intake.skipped.times.clone(),
        findings,
        idle,
        errors: errors(&run.intake, settings, &question.policy),
    };
    let intake = run.intake.clone();
    Ok(Outcome { checked, intake, inputs, refused, passed })
}

/// The new articles that are written so that no comparison reads them, each with why.
fn disguised(
    inputs: &Inputs,
    settings: &Settings,
    run: &Run,
    is_known: &[bool],
) -> Result<Vec<(u32, String, String)>, IndexError> {
    let new: Vec<u32> = (0..).zip(is_known).filter(|(_, known)| !**known).map(|(article, _)| article).collect();
    let places: Vec<Location> = new.iter().map(|&article| run.records[article as usize].location).collect();
    let told = inputs.reread(&settings.read, &places, &|_| (), |_, article| {
        disguise(&article.text).map(|reason| (reason, content(&article.text)))
    })?;
    let told = new.into_iter().zip(told);
    Ok(told.filter_map(|(article, told)| told.map(|(reason, content)| (article, reason, content))).collect())
}

/// All findings, in the order of the input, each with its passage.
fn judged(
    judge: &mut Judge<'_>,
    found: &Found,
    same_event: Vec<SameEvent>,
    run: &Run,
    known: &Known<'_>,
    stored: &Stored,
) -> Result<Vec<Judged>, IndexError> {
    let mut judged: Vec<Judged> =
        found.iter().map(|(&(article, rule), pairs)| judge.finding(article, rule, pairs)).collect();
    judged.extend(same_event.into_iter().map(|one| judge.same_event(one)));
    if let Known::Index(index) = known {
        add_revisions(&mut judged, judge, index, stored)?;
    }
    judged.extend(run.intake.skipped.bad.listed.iter().map(|bad| judge.unreadable(bad)));
    judged.sort_by_key(|one| (one.location, one.finding.rule));
    judge.add_passages(&mut judged)?;
    Ok(judged)
}

/// The findings of articles that the index has with other words. Where another brought the stored version along, the two were told
/// apart by a hash, and that is said already.
fn add_revisions(
    judged: &mut Vec<Judged>,
    judge: &mut Judge<'_>,
    index: &Index,
    stored: &Stored,
) -> Result<(), IndexError> {
    let revisions = judged.iter().filter(|one| one.finding.rule == Rule::Revision);
    let said: HashSet<Location> = revisions.map(|one| one.location).collect();
    for (location, query) in stored.revised.iter().filter(|(location, _)| !said.contains(location)) {
        judged.extend(judge.revision(index, *location, query)?);
    }
    Ok(())
}

/// What it was checked against, and of how many articles that is.
fn against(known: &Known<'_>, is_known: &[bool]) -> Option<(String, u64)> {
    match known {
        Known::Nothing => None,
        Known::Index(index) => Some((index.path().display().to_string(), index.len())),
        Known::InputsFrom(_, name) => Some((name.clone(), is_known.iter().filter(|&&known| known).count() as u64)),
    }
}

/// Why the answer is not whole: what of the inputs was cut off, too large to be held, or beyond what is judged one by one.
fn errors(intake: &Intake, settings: &Settings, policy: &Policy) -> Vec<String> {
    let mut errors: Vec<String> = intake.skipped.truncated.iter().map(ToString::to_string).collect();
    errors.extend(intake.skipped.texts_elsewhere.iter().map(ToString::to_string));
    if intake.skipped.ambiguous_headers > 0 {
        errors.push(format!(
            "headers that have the id or the text twice: {}; keep one of the two columns, for other readers may take the other",
            intake.skipped.ambiguous_headers
        ));
    }
    if intake.skipped.too_large > 0 {
        errors.push(format!(
            "records larger than {} bytes were not read: {}; raise --max-article-bytes if these are articles",
            settings.read.max_article_bytes, intake.skipped.too_large
        ));
    }
    let bad = &intake.skipped.bad;
    let beyond = bad.count - bad.listed.len() as u64;
    if beyond > 0 && policy.fail_on.contains(&Rule::Unreadable) {
        errors.push(format!("{beyond} unreadable records behind the first {} were not judged", bad.listed.len()));
    }
    errors
}

/// Records of the new inputs that are not judged.
#[derive(Default)]
struct Tally {
    known: u64,
    repeated: u64,
}

impl Tally {
    fn of(run: &Run, is_known: &[bool], new_files: usize) -> Tally {
        let is_new = |location: &Location| (location.file as usize) < new_files;
        let mut tally = Tally::default();
        let known = run.records.iter().zip(is_known).filter(|(record, known)| **known && is_new(&record.location));
        tally.known = known.count() as u64;
        for one in run.intake.repeated.iter().filter(|one| is_new(&one.location)) {
            match position(run, &one.id) {
                Some(article) if is_known[article] => tally.known += 1,
                _ => tally.repeated += 1,
            }
        }
        tally
    }
}

/// What an index says of new articles.
#[derive(Default)]
struct Stored {
    /// Where those stand that it has already.
    unchanged: BTreeSet<Location>,
    /// Those that it has with other words.
    revised: Vec<(Location, Query)>,
    /// All articles that were looked up.
    articles: HashMap<Location, Standing>,
    /// What was brought along, a line each.
    lines: Vec<crate::index::Known>,
}

/// Looks up all articles of the inputs, and adds what they are to be compared with as an input more.
fn look_up(
    inputs: &mut Inputs,
    index: &Index,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Stored, IndexError> {
    progress.begin(Stage::Read, inputs.total_bytes());
    let mut stored = Stored::default();
    let Brought { looked_up, lines } = index.bring(inputs, settings, false, &|bytes| progress.done(bytes))?;
    stored.lines = lines;
    for LookedUp { location, query, same_id } in looked_up {
        let standing =
            Standing { id: query.id_hash(), content: query.content(), is_stored: same_id == Some(SameId::SameWords) };
        stored.articles.insert(location, standing);
        match same_id {
            Some(SameId::SameWords) => drop(stored.unchanged.insert(location)),
            Some(SameId::OtherWords) => stored.revised.push((location, query)),
            None => {}
        }
    }
    Ok(stored)
}

/// Which articles are not to be judged.
fn known_articles(run: &Run, new_files: usize, unchanged: &BTreeSet<Location>) -> Vec<bool> {
    let is_old = |location: &Location| location.file as usize >= new_files;
    let mut known: Vec<bool> =
        run.records.iter().map(|record| is_old(&record.location) || unchanged.contains(&record.location)).collect();
    for repeated in run.intake.repeated.iter().filter(|one| is_old(&one.location) || unchanged.contains(&one.location))
    {
        if let Some(article) = position(run, &repeated.id) {
            known[article] = true;
        }
    }
    known
}
