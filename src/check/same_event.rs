//! New articles in, the earlier reports of the same event out.
//!
//! The question is asked of pairs: would the new article and an earlier one, each taken as a lone report, be one event of a run?
//! So the answer does not depend on what else is checked beside them, nor on which earlier articles are stored already.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::article::Article;
use crate::boilerplate::ShellTable;
use crate::events::{Confidence, MAX_SPAN_DAYS, Profile, Profiler, THRESHOLD_ALONE, TermTable, find_pair};
use crate::index::{
    Beside, Candidate, Copies, Identity, Index, IndexError, Known as StoredAt, OfStored, Report, Sought, foremost,
    id_hash,
};
use crate::normalize::Words;
use crate::pipeline::{Record, Run};
use crate::read::{Inputs, Location};
use crate::settings::Settings;

use super::Named;
use super::judge::named_stored;
use super::pairs::rank;

/// The strongest reports of the same event are named, at most this many.
const MOST_MATCHES: usize = 3;

/// New articles whose candidates are read at once: about eight texts each are held.
const AT_ONCE: usize = 1_000;

/// An earlier report of the event of a new article.
#[derive(Debug)]
pub(super) enum Earlier {
    /// An article that was read, by its position in the run.
    Read(u32),
    /// A stored one.
    Stored(Box<Named>),
}

/// A new article and the earlier reports of its event, each with the probability that it is one; the strongest first.
#[derive(Debug)]
pub(super) struct SameEvent {
    /// The new article, by its position in the run.
    pub(super) article: u32,
    /// What it matches.
    pub(super) earlier: Vec<(Earlier, Confidence)>,
}

/// What the reports of events are looked for in.
pub(super) struct Search<'r> {
    pub(super) run: &'r Run,
    pub(super) inputs: &'r Inputs,
    pub(super) settings: &'r Settings,
    /// The index that is checked against, if it is one.
    pub(super) index: Option<&'r Index>,
    /// For each article of the run whether it is known.
    pub(super) is_known: &'r [bool],
    /// The articles of the inputs that have words, by where they stand.
    pub(super) articles: &'r HashMap<Location, Standing>,
    /// The stored articles that were brought along, a line each.
    pub(super) lines: &'r [StoredAt],
}

/// What tells an article from others, and whether the index has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// The hash of its id.
    pub(super) id: u128,
    /// [`Identity::content`].
    pub(super) content: u64,
    /// Whether the index has it in this version.
    pub(super) is_stored: bool,
}

/// Where a candidate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Stored(StoredAt),
    /// By its place among the articles that are not stored.
    Beside(u32),
}

/// The articles that are not stored, the earlier before the later.
struct NotStored {
    /// Their positions in the run.
    articles: Vec<u32>,
    profiles: Vec<Profile>,
    reports: Vec<Report>,
    /// How common terms are to all.
    terms: TermTable,
}

impl Search<'_> {
    /// For each new article the earlier reports of its event, in the order of the articles.
    ///
    /// An earlier article is one that is known, or a new one that was there before. It matches where
    /// * it is no copy of the new one: no verified edge joins the two, and it is no version of the same id;
    /// * it is among the eight candidates that share most of the new article's heaviest terms;
    /// * the two are published at most 14 days apart, and the days that they are of are no farther apart, as far as either is known;
    /// * [`find_pair`] gives the two by themselves [`THRESHOLD_ALONE`] or more.
    ///
    /// # Errors
    /// Where an input can't be read again, or the index not.
    pub(super) fn same_event(&self) -> Result<Vec<SameEvent>, IndexError> {
        let not_stored = self.not_stored()?;
        let new: Vec<u32> = (0..not_stored.articles.len() as u32)
            .filter(|&place| !self.is_known[not_stored.articles[place as usize] as usize])
            .collect();
        let copies = self.copies();
        let no_copies = Copies::default();
        let beside = Beside::of(&not_stored.reports);
        let sought: Vec<Sought<'_>> = new
            .par_iter()
            .map(|&place| {
                let first = self.run.twins[not_stored.articles[place as usize] as usize];
                Sought {
                    report: &not_stored.reports[place as usize],
                    beside: beside.counts(place),
                    copies: copies.get(&first).unwrap_or(&no_copies),
                }
            })
            .collect();
        let stored = match self.index {
            Some(index) => index.of_same_event(&sought)?,
            None => vec![OfStored::default(); sought.len()],
        };
        let candidates_of = |((&place, sought), stored): ((&u32, &Sought<'_>), OfStored)| {
            let among_new = beside.of_same_event(place, sought, &stored.counts).into_iter();
            let among_stored = stored.candidates.into_iter().map(|one| one.map(At::Stored));
            (place, foremost(among_stored.chain(among_new.map(|one| one.map(At::Beside))).collect()))
        };
        let candidates: Vec<(u32, Vec<Candidate<At>>)> =
            new.par_iter().zip(&sought).zip(stored).map(candidates_of).collect();
        let mut found = Vec::new();
        for some in candidates.chunks(AT_ONCE) {
            found.extend(self.scored(&not_stored, some)?);
        }
        found.sort_unstable_by_key(|one| one.article);
        Ok(found)
    }

    /// The articles that no index holds: known ones first, then new ones in the order in which they count as there.
    fn not_stored(&self) -> Result<NotStored, IndexError> {
        let Search { run, inputs, .. } = self;
        let mut articles: Vec<u32> = (0..run.records.len() as u32)
            .filter(|&article| self.standing(article).is_some_and(|standing| !standing.is_stored))
            .collect();
        articles.sort_by_key(|&article| (!self.is_known[article as usize], rank(&run.records[article as usize])));
        let locations: Vec<Location> = articles.iter().map(|&article| run.records[article as usize].location).collect();
        let profile = |place: usize, article: &Article<'_>| {
            let words = Words::of(&article.text);
            let mut identity = Identity::of(article, &words, 0);
            if let Some(standing) = self.articles.get(&locations[place]) {
                (identity.id, identity.content) = (standing.id, standing.content);
            }
            (identity, Profile::of(article, &words, &run.shells))
        };
        let read = inputs.reread(&self.settings.read, &locations, &|_| (), profile)?;
        let (identities, mut profiles): (Vec<Identity>, Vec<Profile>) = read.into_iter().unzip();
        let terms = self.index.and_then(Index::terms).cloned().unwrap_or_else(|| {
            // Copies are counted once.
            let report_of = run.clustering.cluster_of(run.records.len());
            let of_reports =
                articles.iter().zip(&profiles).filter(|(article, _)| report_of[**article as usize] == **article);
            TermTable::learn(&of_reports.map(|(_, profile)| profile).collect::<Vec<_>>())
        });
        terms.weigh(&mut profiles);
        let report = |((article, identity), profile): ((&u32, Identity), &Profile)| {
            Report::of(profile, identity, run.records[*article as usize].published)
        };
        let reports = articles.par_iter().zip(identities).zip(&profiles).map(report).collect();
        Ok(NotStored { articles, profiles, reports, terms })
    }

    /// For each first twin what it copies and what copies it: the articles of the same words, and those at the other ends of its
    /// verified edges. Of an article that has several versions, all of them count as copies if one does.
    fn copies(&self) -> HashMap<u32, Copies> {
        let renamed = renamed(self.run);
        let mut ids: HashMap<u32, Vec<u128>> = HashMap::new();
        for (article, &first) in self.run.twins.iter().enumerate() {
            let has_versions = renamed.contains(self.run.records[article].id.as_str());
            if let Some(one) = self.standing(article as u32).filter(|one| one.is_stored || has_versions) {
                ids.entry(first).or_default().push(one.id);
            }
        }
        let mut others: HashMap<u32, Vec<u32>> = ids.keys().map(|&first| (first, vec![first])).collect();
        for edge in &self.run.edges {
            for (own, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                others.entry(own).or_insert_with(|| vec![own]).push(other);
            }
        }
        let copies_of = |(first, others): (u32, Vec<u32>)| {
            let contents = others.iter().filter_map(|&other| self.standing(other)).map(|other| other.content);
            let ids = others.iter().flat_map(|other| ids.get(other).into_iter().flatten().copied());
            (first, Copies::of(contents.collect(), ids.collect()))
        };
        others.into_iter().map(copies_of).collect()
    }

    /// What is known of an article: of one that was brought along, as the index has it in the version that was brought.
    fn standing(&self, article: u32) -> Option<Standing> {
        let location = self.run.records[article as usize].location;
        self.articles.get(&location).copied().or_else(|| {
            let line = (location.line as usize).checked_sub(1)?;
            let is_brought = self.inputs.files()[location.file as usize].is_stored();
            let Identity { id, content, .. } = self.index.filter(|_| is_brought)?.identity(*self.lines.get(line)?);
            Some(Standing { id, content, is_stored: true })
        })
    }

    /// What some articles match of their candidates.
    fn scored(
        &self,
        not_stored: &NotStored,
        candidates: &[(u32, Vec<Candidate<At>>)],
    ) -> Result<Vec<SameEvent>, IndexError> {
        let all = candidates.iter().flat_map(|(_, candidates)| candidates.iter().map(|one| one.at));
        let wanted = all.filter_map(|at| match at {
            At::Stored(known) => Some(known),
            At::Beside(_) => None,
        });
        let stored = Stored::read(self.index, wanted.collect(), &self.run.shells, &not_stored.terms)?;
        let of_article = |(place, candidates): &(u32, Vec<Candidate<At>>)| {
            let own = &not_stored.profiles[*place as usize];
            let mut scored: Vec<(Confidence, &Candidate<At>)> = candidates
                .iter()
                .filter_map(|candidate| {
                    let other = match candidate.at {
                        At::Stored(known) => &stored.get(known)?.1,
                        At::Beside(other) => &not_stored.profiles[other as usize],
                    };
                    Some((confidence(other, own, self.settings.min_confidence)?, candidate))
                })
                .collect();
            scored.sort_by(|(a, x), (b, y)| b.share().total_cmp(&a.share()).then_with(|| x.identity.cmp(&y.identity)));
            let earlier = scored.into_iter().take(MOST_MATCHES).filter_map(|(confidence, candidate)| {
                let earlier = match candidate.at {
                    At::Stored(known) => Earlier::Stored(Box::new(named_stored(self.index?, &stored.get(known)?.0))),
                    At::Beside(other) => Earlier::Read(not_stored.articles[other as usize]),
                };
                Some((earlier, confidence))
            });
            SameEvent { article: not_stored.articles[*place as usize], earlier: earlier.collect() }
        };
        let found = candidates.par_iter().filter(|(_, candidates)| !candidates.is_empty()).map(of_article);
        Ok(found.filter(|one| !one.earlier.is_empty()).collect())
    }
}

/// The articles that this run read, where there is no index.
pub(super) fn all_read(run: &Run) -> HashMap<Location, Standing> {
    let renamed = renamed(run);
    let of_record = |(record, &first): (&Record, &u32)| {
        let id = if renamed.contains(record.id.as_str()) { bare(&record.id) } else { &record.id };
        (record.location, Standing { id: id_hash(id), content: u64::from(first), is_stored: false })
    };
    run.records.iter().zip(&run.twins).map(of_record).collect()
}

/// The ids that a hash tells from others.
fn renamed(run: &Run) -> HashSet<&str> {
    run.intake.renamed.iter().map(String::as_str).collect()
}

/// An id without the hash that tells its article from another of the same id.
fn bare(id: &str) -> &str {
    id.rsplit_once('#').map_or(id, |(bare, _)| bare)
}

/// How sure it is that two reports by themselves are of one event; `None` where that is not enough, or their days say that they are not.
fn confidence(earlier: &Profile, own: &Profile, least: f64) -> Option<Confidence> {
    let far = earlier.day().zip(own.day()).is_some_and(|(a, b)| a.gap(b) > MAX_SPAN_DAYS);
    let pair = if far { None } else { find_pair(&[earlier.clone(), own.clone()], &[], (0, 1)) };
    let probability = pair.map(|pair| pair.probability).filter(|&probability| probability >= THRESHOLD_ALONE);
    probability.map(Confidence::of_pair).filter(|confidence| confidence.share() >= least)
}

/// Stored articles that were read, with their profiles; in order of where they stand.
struct Stored(Vec<(StoredAt, (Article<'static>, Profile))>);

impl Stored {
    fn read(
        index: Option<&Index>,
        mut wanted: Vec<StoredAt>,
        shells: &ShellTable,
        terms: &TermTable,
    ) -> Result<Stored, IndexError> {
        wanted.par_sort_unstable();
        wanted.dedup();
        let articles = match index {
            Some(index) => index.articles(&wanted)?,
            None => Vec::new(),
        };
        let profile = |(words, profiler): &mut (Words, Profiler), article: &Article<'static>| {
            words.read(&article.text);
            let kept = shells.kept(article.source.as_deref().unwrap_or(""), words);
            profiler.profile(article, words, kept.as_deref())
        };
        let mut profiles: Vec<Profile> = articles.par_iter().map_init(Default::default, profile).collect();
        terms.weigh(&mut profiles);
        Ok(Stored(wanted.into_iter().zip(articles.into_iter().zip(profiles)).collect()))
    }

    fn get(&self, known: StoredAt) -> Option<&(Article<'static>, Profile)> {
        let place = self.0.binary_search_by_key(&known, |&(known, _)| known).ok()?;
        Some(&self.0[place].1)
    }
}
