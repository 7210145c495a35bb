//! Reports in, the earlier articles out that most likely report the same event.
//!
//! An article is looked up by its heaviest terms. Stored articles ([`Index::of_same_event`]) and articles that are not stored
//! ([`Beside`]) are searched in the same way, and what was found of both is put in one order ([`foremost`]): so the answer does not
//! depend on which of the earlier articles are stored.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::article::{Article, Published};
use crate::boilerplate::ShellTable;
use crate::events::{MAX_SPAN_DAYS, Profile, search_terms};
use crate::normalize::Words;

use super::Index;
use super::entry::TERMS;
use super::error::IndexError;
use super::search::{Known, Wanted};
use super::segment::{Identity, Segment};

/// An article is compared with this many earlier ones. Each costs reading its text; one that shares less of its terms than eight
/// others do is hardly ever a report of the same event.
const MOST_CANDIDATES: usize = 8;

/// A term that more earlier articles have says too little to go through all of them. It counts where a rarer one is shared too.
const MAX_TERM_POSTING: usize = 1 << 10;

/// An article looks up this many of its heaviest terms.
const LOOKED_UP: usize = 24;

/// Two articles that share a single term are compared if at most this many earlier articles have the term. Without it 42 of 425
/// English reports (`ecbplus_dev`) that repeat an earlier event find no other report of it.
const MAX_POSTING_OF_ONE: usize = 64;

/// What an article is looked up by.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which article it is.
    pub(crate) identity: Identity,
    /// When it was published.
    published: Option<Published>,
    /// The heaviest terms that it looks up, each with its share of all, in rising order of hash.
    terms: Vec<(u32, f32)>,
    /// The terms by which it is found: as many as an index keeps of an article.
    found_by: Vec<u32>,
}

impl Report {
    /// Of an article with this profile, which is weighed by the table in force.
    pub(crate) fn of(profile: &Profile, identity: Identity, published: Option<Published>) -> Report {
        let found_by = search_terms(profile, TERMS).into_iter().map(|(term, _)| term).collect();
        Report { identity, published, terms: search_terms(profile, LOOKED_UP), found_by }
    }

    /// How much of this report another shares that has these of its terms, a bit each. The sum is made in the order of the terms,
    /// because a sum of floats depends on the order.
    fn shared(&self, terms: u64) -> f32 {
        let shared = self.terms.iter().zip(0..).filter(|(_, bit)| terms >> bit & 1 == 1);
        shared.map(|((_, weight), _)| weight * weight).sum()
    }
}

/// The articles that an article copies, or that copy it. None of them is looked for, in whatever version.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Copies {
    /// Their [`Identity::content`], in rising order.
    contents: Vec<u64>,
    /// The hashes of the ids of those that have other versions, in rising order.
    ids: Vec<u128>,
}

impl Copies {
    /// Of contents and ids in any order.
    pub(crate) fn of(mut contents: Vec<u64>, mut ids: Vec<u128>) -> Copies {
        contents.sort_unstable();
        contents.dedup();
        ids.sort_unstable();
        ids.dedup();
        Copies { contents, ids }
    }

    fn has(&self, one: &Identity) -> bool {
        self.contents.binary_search(&one.content).is_ok() || self.ids.binary_search(&one.id).is_ok()
    }
}

/// A report that is looked for.
#[derive(Debug, Clone)]
pub(crate) struct Sought<'r> {
    /// The report.
    pub(crate) report: &'r Report,
    /// For each of its terms how many earlier articles have it that are not stored: [`Beside::counts`].
    pub(crate) beside: Vec<usize>,
    /// What is not looked for.
    pub(crate) copies: &'r Copies,
}

/// An earlier article that may report the same event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Candidate<T> {
    /// How much of the report it shares.
    pub(crate) shared: f32,
    /// Which article it is.
    pub(crate) identity: Identity,
    /// Where it stands.
    pub(crate) at: T,
}

impl<T> Candidate<T> {
    /// The same one, where others say that it stands.
    pub(crate) fn map<U>(self, at: impl FnOnce(T) -> U) -> Candidate<U> {
        Candidate { shared: self.shared, identity: self.identity, at: at(self.at) }
    }
}

/// The candidates that share most, at most eight, of those with the same words one; of equals the first by [`Identity`].
pub(crate) fn foremost<T>(mut candidates: Vec<Candidate<T>>) -> Vec<Candidate<T>> {
    candidates.sort_unstable_by(|a, b| b.shared.total_cmp(&a.shared).then_with(|| a.identity.cmp(&b.identity)));
    let mut contents = Vec::new();
    candidates.retain(|one| {
        let is_foremost = contents.len() < MOST_CANDIDATES && !contents.contains(&one.identity.content);
        if is_foremost {
            contents.push(one.identity.content);
        }
        is_foremost
    });
    candidates
}

/// What an index says of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct OfStored {
    /// The [`foremost`] stored articles.
    pub(crate) candidates: Vec<Candidate<Known>>,
    /// For each term of the report how many stored articles have it.
    pub(crate) counts: Vec<usize>,
}

/// One term of a report that is looked for.
#[derive(Debug, Clone, Copy)]
struct TermOf {
    /// Its bit.
    bit: u64,
    /// How many articles beside the stored ones have it.
    beside: usize,
}

impl Index {
    /// What an article is looked up by; `None` where it has no word.
    pub fn report(&self, article: &Article<'_>) -> Option<Report> {
        let content = self.query(article)?.content();
        let (words, nothing) = (Words::of(&article.text), ShellTable::default());
        let mut profile = [Profile::of(article, &words, self.shells().unwrap_or(&nothing))];
        if let Some(terms) = self.terms() {
            terms.weigh(&mut profile);
        }
        let [profile] = profile;
        Some(Report::of(&profile, Identity::of(article, &words, content), article.published))
    }

    /// For each report the stored articles that are most likely reports of its event, at most eight, the likeliest first. Copies are among
    /// them.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub fn likely_same_event(&self, reports: &[Report]) -> Result<Vec<Vec<Known>>, IndexError> {
        let copies = Copies::default();
        let sought = |report| Sought { report, beside: Vec::new(), copies: &copies };
        let found = self.of_same_event(&reports.iter().map(sought).collect::<Vec<_>>())?;
        Ok(found.into_iter().map(|one| one.candidates.into_iter().map(|one| one.at).collect()).collect())
    }

    /// For each report the stored articles most likely to report its event: those that share most of its heaviest terms, two at the
    /// least or one that is rare. Copies,
    /// the article of the same id, and articles that are known to be published more than 14 days before or after are not among them.
    /// How the articles are spread over segments makes no difference.
    ///
    /// # Errors
    /// Where a segment is damaged.
    pub(crate) fn of_same_event(&self, sought: &[Sought<'_>]) -> Result<Vec<OfStored>, IndexError> {
        let terms_of = |one: &Sought<'_>| {
            let terms: Vec<(u32, TermOf)> = (one.report.terms.iter().enumerate())
                .map(|(at, &(term, _))| {
                    (term, TermOf { bit: 1 << at, beside: one.beside.get(at).copied().unwrap_or(0) })
                })
                .collect();
            terms.into_iter()
        };
        let wanted = Wanted::of(sought.iter().map(terms_of));
        let is_rare = |term: &TermOf, stored: usize| is_rare(stored + term.beside);
        let met = wanted.met_in(&self.segments, Segment::terms, sought.len(), &is_rare, (MAX_TERM_POSTING, 0))?;
        let count = |&(term, _): &(u32, f32)| wanted.documents_of(&met, term);
        let counts = sought.iter().map(|one| one.report.terms.iter().map(count).collect());
        let mut found: Vec<OfStored> = counts.map(|counts| OfStored { counts, ..OfStored::default() }).collect();
        let alone: Vec<u64> = sought.iter().zip(&found).map(|(one, found)| one.enough_alone(&found.counts)).collect();
        for ((segment, place), pairs) in self.segments.iter().zip(0..).zip(&met.pairs) {
            let of_query = |pairs: &[(u64, TermOf)]| {
                let query = (pairs[0].0 >> 32) as usize;
                let candidate = |same: &[(u64, TermOf)]| {
                    let (number, terms) = (same[0].0 as u32, same.iter().fold(0, |terms, (_, term)| terms | term.bit));
                    let is_enough = same.len() > 1 || terms & alone[query] != 0;
                    let card = is_enough.then(|| segment.card(number))?;
                    let known = Known { segment: place, number };
                    sought[query].candidate(terms, (card.identity(), card.published), known)
                };
                (query, pairs.chunk_by(|a, b| a.0 == b.0).filter_map(candidate).collect())
            };
            let of_segment: Vec<(usize, Vec<Candidate<Known>>)> =
                pairs.par_chunk_by(|a, b| a.0 >> 32 == b.0 >> 32).map(of_query).collect();
            for (query, candidates) in of_segment {
                let before = std::mem::take(&mut found[query].candidates);
                found[query].candidates = foremost([before, candidates].concat());
            }
        }
        Ok(found)
    }
}

impl Sought<'_> {
    /// The terms of which one is enough, a bit each. `stored`: for each how many stored articles have it.
    fn enough_alone(&self, stored: &[usize]) -> u64 {
        let stored = stored.iter().copied().chain(std::iter::repeat(0));
        let beside = self.beside.iter().copied().chain(std::iter::repeat(0));
        let counts = stored.zip(beside).take(self.report.terms.len()).zip(0..);
        let enough = counts.filter(|((stored, beside), _)| stored + beside <= MAX_POSTING_OF_ONE);
        enough.fold(0, |terms, (_, bit)| terms | 1 << bit)
    }

    /// An earlier article that shares these terms, if it may report the same event. Its text is not read.
    fn candidate<T>(
        &self,
        terms: u64,
        (identity, published): (Identity, Option<Published>),
        at: T,
    ) -> Option<Candidate<T>> {
        let own = &self.report.identity;
        let is_other = identity.id != own.id && identity.content != own.content;
        let may_be = is_other && near(self.report.published, published) && !self.copies.has(&identity);
        may_be.then(|| Candidate { shared: self.report.shared(terms), identity, at })
    }
}

/// Articles that are not stored, each of which is earlier than those behind it.
#[derive(Debug)]
pub(crate) struct Beside<'r> {
    reports: &'r [Report],
    /// For each term the places of those that have it, rising.
    having: HashMap<u32, Vec<u32>>,
}

impl<'r> Beside<'r> {
    /// Of reports in the order in which the articles came.
    pub(crate) fn of(reports: &'r [Report]) -> Beside<'r> {
        let mut having: HashMap<u32, Vec<u32>> = HashMap::new();
        for (report, place) in reports.iter().zip(0..) {
            report.found_by.iter().for_each(|&term| having.entry(term).or_default().push(place));
        }
        Beside { reports, having }
    }

    /// The places before `place` that have a term.
    fn before(&self, place: u32, term: u32) -> &[u32] {
        let having = self.having.get(&term).map_or(&[][..], Vec::as_slice);
        &having[..having.partition_point(|&other| other < place)]
    }

    /// For each term of the report at this place how many earlier ones have it.
    pub(crate) fn counts(&self, place: u32) -> Vec<usize> {
        let terms = &self.reports[place as usize].terms;
        terms.iter().map(|&(term, _)| self.before(place, term).len()).collect()
    }

    /// What [`Index::of_same_event`] says of stored articles, of those before `place`, where the report stands that is `sought`.
    /// `stored`: for each of its terms how many stored articles have it.
    pub(crate) fn of_same_event(&self, place: u32, sought: &Sought<'_>, stored: &[usize]) -> Vec<Candidate<u32>> {
        let alone = sought.enough_alone(stored);
        let mut met: HashMap<u32, u64> = HashMap::new();
        let mut common = Vec::new();
        for (at, &(term, _)) in sought.report.terms.iter().enumerate() {
            let before = self.before(place, term);
            let beside = sought.beside.get(at).copied().unwrap_or(0);
            if is_rare(beside + stored.get(at).copied().unwrap_or(0)) {
                before.iter().for_each(|&other| *met.entry(other).or_default() |= 1 << at);
            } else {
                common.push((1 << at, before));
            }
        }
        let candidate = |(other, mut terms): (u32, u64)| {
            let has = |before: &[u32]| before.binary_search(&other).is_ok();
            common.iter().filter(|(_, before)| has(before)).for_each(|(bit, _)| terms |= bit);
            let Report { identity, published, .. } = self.reports[other as usize];
            let is_enough = terms.count_ones() > 1 || terms & alone != 0;
            is_enough.then(|| sought.candidate(terms, (identity, published), other))?
        };
        foremost(met.into_iter().filter_map(candidate).collect())
    }
}

/// Whether a term in this many earlier articles is rare enough to visit them all.
fn is_rare(earlier: usize) -> bool {
    earlier <= MAX_TERM_POSTING
}

/// Whether two articles may report one event, as far as their times of publication tell.
fn near(a: Option<Published>, b: Option<Published>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.epoch_seconds.abs_diff(b.epoch_seconds) <= u64::from(MAX_SPAN_DAYS) * 24 * 60 * 60,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::{Path, PathBuf};
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::index::entry::id_hash;
    use crate::index::{Removal, Writer, create};
    use crate::read::discover_with;
    use crate::settings::{ReadSettings, Settings};

    /// More terms than an article looks up.
    const MOST_TERMS: usize = 64;

    fn line(id: &str, text: &str) -> String {
        format!("{{\"id\":\"{id}\",\"text\":\"{text}\"}}\n")
    }

    fn created(folder: &Path, lines: &str) -> PathBuf {
        let path = folder.join("i");
        create(&path, &Settings::default()).unwrap();
        let lines = Cursor::new(lines.as_bytes().to_vec());
        let inputs = discover_with(&["-".into()], &ReadSettings::default(), lines).unwrap();
        Writer::open(&path, false).unwrap().add(&inputs, &ReadSettings::default(), &|_| ()).unwrap();
        path
    }

    fn sought(report: &Report) -> Sought<'_> {
        static NO_COPIES: LazyLock<Copies> = LazyLock::new(Copies::default);
        Sought { report, beside: Vec::new(), copies: &NO_COPIES }
    }

    fn report(id: &str, text: &str, published: Option<i64>) -> Report {
        let published = published.map(Published::at);
        let article = Article { id: id.into(), text: text.into(), published, ..Article::default() };
        let profile = Profile::of(&article, &Words::of(text), &Default::default());
        Report::of(&profile, Identity::of(&article, &Words::of(text), id_hash(text) as u64), published)
    }

    /// What was made of a query had as many terms as an index keeps, and looking for it found less than a check did.
    #[test]
    fn a_report_of_an_index_looks_up_all_terms_that_a_check_looks_up() {
        let folder = tempfile::tempdir().unwrap();
        let lines: String = (0..10).map(|n| line(&format!("a{n}"), &format!("chungmột riêng{n}"))).collect();
        let index = Index::open(&created(folder.path(), &lines)).unwrap();
        let text: String = (0..40).map(|n| format!("kháchẳn{n} ")).collect();
        let article = Article { id: "new".into(), text: text.into(), ..Article::default() };
        let report = index.report(&article).unwrap();
        assert_eq!((report.terms.len(), report.found_by.len()), (LOOKED_UP, TERMS));
        assert_eq!(report.identity.content, index.query(&article).unwrap().content());
        assert!(index.report(&Article { text: " ".into(), ..article }).is_none());
    }

    #[test]
    fn a_term_of_as_many_earlier_articles_as_are_gone_through_counts_and_of_one_more_it_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let text = |n: usize| format!("chungmột riêng{n} chunghai");
        let path = created(folder.path(), &(0..10).map(|n| line(&format!("a{n}"), &text(n))).collect::<String>());
        let removal = Removal { ids: vec!["a8".to_owned(), "a9".to_owned()], ..Removal::default() };
        Writer::open(&path, false).unwrap().remove(&removal).unwrap();
        let index = Index::open(&path).unwrap();
        let new = report("new", &text(99), None);
        let stored = |beside: usize| {
            let counts = vec![beside; MOST_TERMS];
            index.of_same_event(&[Sought { beside: counts, ..sought(&new) }]).unwrap().remove(0)
        };
        assert_eq!(stored(0).counts.iter().filter(|&&count| count == 8).count(), 2, "removed ones do not count");
        assert_eq!([MAX_TERM_POSTING - 8, MAX_TERM_POSTING - 7].map(|beside| stored(beside).candidates.len()), [8, 0]);
        // The same where they are not stored.
        let reports: Vec<Report> =
            (0..8).map(|n| report(&format!("a{n}"), &text(n), None)).chain([new.clone()]).collect();
        let beside = Beside::of(&reports);
        let found = |stored: usize| {
            let sought = Sought { beside: beside.counts(8), ..sought(&new) };
            beside.of_same_event(8, &sought, &[stored; MOST_TERMS])
        };
        assert_eq!([MAX_TERM_POSTING - 8, MAX_TERM_POSTING - 7].map(|stored| found(stored).len()), [8, 0]);
        let shared_of_stored: Vec<f32> = stored(0).candidates.iter().map(|one| one.shared).collect();
        assert_eq!(shared_of_stored, found(0).iter().map(|one| one.shared).collect::<Vec<f32>>());
    }

    #[test]
    fn a_single_term_is_enough_if_at_most_sixty_four_earlier_articles_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = created(
            folder.path(),
            &(0..10).map(|n| line(&format!("a{n}"), &format!("chungmột riêng{n} lạ{n}"))).collect::<String>(),
        );
        let index = Index::open(&path).unwrap();
        let reports: Vec<Report> =
            (0..10).map(|n| report(&format!("a{n}"), &format!("chungmột riêng{n} lạ{n}"), None)).collect();
        let new = report("new", "chungmột riêngmới lạmới", None);
        let all: Vec<Report> = reports.into_iter().chain([new.clone()]).collect();
        let beside = Beside::of(&all);
        let stored = |others: usize| {
            let sought = Sought { beside: vec![others; MOST_TERMS], ..sought(&new) };
            index.of_same_event(&[sought]).unwrap()[0].candidates.len()
        };
        let not_stored = |others: usize| {
            let sought = Sought { beside: beside.counts(10), ..sought(&new) };
            beside.of_same_event(10, &sought, &[others; MOST_TERMS]).len()
        };
        assert_eq!([54, 55].map(stored), [8, 0]);
        assert_eq!([54, 55].map(not_stored), [8, 0]);
    }

    #[test]
    fn earlier_articles_beside_the_index_are_those_before_within_fourteen_days() {
        const DAY: i64 = 24 * 60 * 60;
        let text = |n: usize| format!("chungmột riêng{n} chunghai");
        let reports = [
            report("sớm", &text(1), Some(0)),
            report("một", "chungmột kháchẳn", Some(20 * DAY)),
            report("đúng", &text(2), Some(6 * DAY)),
            report("mới", &text(3), Some(20 * DAY)),
            report("sau", &text(4), Some(20 * DAY)),
        ];
        let beside = Beside::of(&reports);
        let names = |found: Vec<Candidate<u32>>| found.into_iter().map(|one| one.at).collect::<Vec<_>>();
        assert_eq!(names(beside.of_same_event(3, &sought(&reports[3]), &[])), [2, 1], "what shares more comes first");
        let Identity { content, id, .. } = reports[2].identity;
        for copies in [Copies::of(vec![content], vec![]), Copies::of(vec![], vec![id])] {
            let sought = Sought { copies: &copies, ..sought(&reports[3]) };
            assert_eq!(names(beside.of_same_event(3, &sought, &[])), [1], "copies are not looked for");
        }
        assert!(beside.counts(3).contains(&3) && beside.counts(0).iter().all(|&count| count == 0));
    }

    proptest! {
        /// Two versions of an article that differ in boilerplate alone had one place in the order, and which of them was named depended
        /// on the segments.
        #[test]
        fn the_foremost_are_the_same_in_whatever_order_and_parts_candidates_come(
            ordered in prop::collection::btree_set((0u8..3, 0u64..10, 0u128..2, 0u64..2, 0u64..2), 0..60),
            seed in prop::collection::vec(any::<u16>(), 60),
            at in 0usize..60,
        ) {
            let candidate = |&(shared, content, id, words_hash, record_hash): &(u8, u64, u128, u64, u64)| {
                let identity = Identity { content, id, words_hash, record_hash };
                Candidate { shared: f32::from(shared), identity, at: (words_hash, record_hash) }
            };
            let ordered: Vec<Candidate<(u64, u64)>> = ordered.iter().map(candidate).collect();
            let mut shuffled: Vec<_> = ordered.iter().copied().zip(seed).collect();
            shuffled.sort_by_key(|&(_, key)| key);
            let shuffled: Vec<Candidate<(u64, u64)>> = shuffled.into_iter().map(|(one, _)| one).collect();
            let (some, others) = shuffled.split_at(at.min(shuffled.len()));
            let expected = foremost(ordered);
            prop_assert_eq!(&foremost(shuffled.clone()), &expected);
            prop_assert_eq!(&foremost([foremost(some.to_vec()), others.to_vec()].concat()), &expected);
        }
    }
}
