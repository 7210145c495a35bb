//! Two profiles in, what speaks for their telling of one event out: a few numbers, each of one kind of evidence.
//!
//! Every number lies in 0.0..=1.0, and is `None` where one of the two says nothing of the kind: an article without a title,
//! without a date, without a number neither agrees nor disagrees.

use rayon::prelude::*;
use serde::Serialize;

use super::frequencies::weight;
use super::profile::{Profile, Term, Traits, count_weight, sums_of_near_days};
use super::{BRIEF_WORDS, fetch};
use crate::days::Day;

/// How alike two articles are, by kind of evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Cosine of the weighted words of title, lead and text.
    pub words: f32,
    /// The same of pairs of words at the beginning.
    pub pairs: f32,
    /// The same of words and pairs in title and lead, each counted once.
    pub lead: f32,
    /// The same of names, of one or two words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<f32>,
    /// The same of the titles alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<f32>,
    /// How much of the weight of either's title and lead stands anywhere in the other: the mean of both.
    pub lead_in_text: f32,
    /// Cosine of numbers and numbers with their neighbors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub numbers: Option<f32>,
    /// Cosine of the days that they name, neighbors counting in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<f32>,
    /// Nearness of the days in focus: `1 / (1 + days between)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focus: Option<f32>,
    /// Nearness of publication: `1 / (1 + days between)`, with parts of days where both times are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<f32>,
    /// The shorter's words by the longer's.
    pub lengths: f32,
    /// How much the shorter says: 0 for 7 words and less, 1 for 1,097 and more, in between by the logarithm. Two headlines that
    /// share half of their words tell one story; of long texts that says less.
    pub length: f32,
    /// The rarest terms that they share: the mean weight of the five rarest, by that of the rarest word that there is.
    pub rarest: f32,
}

/// A kind of evidence, to be left out: so it shows what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// [`Evidence::words`].
    Words,
    /// [`Evidence::pairs`].
    Pairs,
    /// [`Evidence::lead`].
    Lead,
    /// [`Evidence::names`].
    Names,
    /// [`Evidence::title`].
    Title,
    /// [`Evidence::lead_in_text`].
    LeadInText,
    /// [`Evidence::numbers`].
    Numbers,
    /// [`Evidence::days`] and [`Evidence::focus`].
    Days,
    /// [`Evidence::published`].
    Published,
    /// [`Evidence::lengths`] and [`Evidence::length`].
    Lengths,
    /// [`Evidence::rarest`].
    Rarest,
    /// How a pair compares with the other pairs of its articles.
    Neighborhood,
}

impl Piece {
    /// Every piece with its name, in the order of tables.
    pub const ALL: [(Piece, &str); 12] = [
        (Piece::Words, "words"),
        (Piece::Pairs, "pairs"),
        (Piece::Lead, "lead"),
        (Piece::Names, "names"),
        (Piece::Title, "title"),
        (Piece::LeadInText, "lead_in_text"),
        (Piece::Numbers, "numbers"),
        (Piece::Days, "days"),
        (Piece::Published, "published"),
        (Piece::Lengths, "lengths"),
        (Piece::Rarest, "rarest"),
        (Piece::Neighborhood, "neighborhood"),
    ];
}

/// What [`Evidence::of`] needs of one profile beside its terms: the lengths of its vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Norms {
    squares: [f32; KINDS],
    days: f32,
}

/// Vectors that terms make: words, pairs, lead, names, title, numbers.
const KINDS: usize = 6;

/// The vector of title and lead.
const LEAD: usize = 2;

/// What a term adds to each vector, by the square of its value there; behind these two places that are free. Eight numbers are
/// multiplied and added as fast as six, and faster than six and one.
type Values = [f32; KINDS + 2];

#[inline]
fn values(term: &Term) -> Values {
    let weight = weight(term.level);
    let counted = weight * count_weight(term.count);
    let in_text = weight * count_weight(term.count_in_text);
    let applies = &APPLIES[term.traits.bits() as usize];
    let values = [in_text, counted, weight, counted, weight, weight, 0.0, 0.0];
    std::array::from_fn(|kind| values[kind] * applies[kind])
}

/// For each set of traits 1 where its terms belong to a vector, else 0: to multiply is cheaper than to ask, as what comes
/// next can't be guessed.
static APPLIES: [Values; 32] = {
    let mut applies = [[0.0; KINDS + 2]; 32];
    let mut bits = 0;
    while bits < applies.len() {
        let traits = Traits::of_bits(bits as u8);
        let pair = traits.has(Traits::PAIR);
        let of_kind = [
            !pair,
            pair,
            traits.has_any(Traits::TITLE.and(Traits::LEAD)),
            traits.has(Traits::NAME),
            traits.has(Traits::TITLE),
            traits.has(Traits::NUMBER),
        ];
        let mut kind = 0;
        while kind < KINDS {
            applies[bits][kind] = of_kind[kind] as u8 as f32;
            kind += 1;
        }
        bits += 1;
    }
    applies
};

impl Norms {
    /// Those of a profile.
    pub fn of(profile: &Profile) -> Norms {
        let mut squares = [0.0; KINDS];
        for term in &profile.terms {
            squares.iter_mut().zip(values(term)).for_each(|(square, value)| *square += value * value);
        }
        Norms { squares, days: days_product(profile, profile) }
    }
}

fn days_product(a: &Profile, b: &Profile) -> f32 {
    let mut product = 0.0;
    sums_of_near_days(&a.days, &b.days, |own, other, near| own * other * near, |sum| product += sum);
    product
}

/// Cosine of the days that two name, as [`Evidence::days`]; `square`: the product of what each makes with itself.
fn days_cosine(a: &Profile, b: &Profile, square: f32) -> Option<f32> {
    (square > 0.0).then(|| (days_product(a, b) / square.sqrt()).min(1.0))
}

/// [`Evidence::days`] of two alone.
pub(super) fn days_alike(a: &Profile, b: &Profile) -> Option<f32> {
    days_cosine(a, b, days_product(a, a) * days_product(b, b))
}

/// So many of the rarest shared terms count for [`Evidence::rarest`].
const RAREST: usize = 5;

/// What comes together of the terms that two profiles share.
#[derive(Default)]
struct Sums {
    /// Of each vector; and in the free places the squares of what either has in its title and lead.
    products: Values,
    /// The greatest first.
    rarest: [f32; RAREST],
}

impl Sums {
    /// What `a` brings in of a term, for [`Sums::add`].
    fn of_a(term: &Term) -> Values {
        let [words, pairs, lead, names, title, numbers, ..] = values(term);
        [words, pairs, lead, names, title, numbers, lead * lead, 1.0]
    }

    /// Adds a term that both have, as either has it. `in_a`: what [`Sums::of_a`] says of the one.
    #[inline]
    fn add(&mut self, one: &Term, in_a: &Values, other: &Term) {
        let [words, pairs, lead, names, title, numbers, ..] = values(other);
        let in_b = [words, pairs, lead, names, title, numbers, 1.0, lead * lead];
        for kind in 0..in_b.len() {
            self.products[kind] += in_a[kind] * in_b[kind];
        }
        let mut rare = weight(one.level.min(other.level));
        if rare > self.rarest[RAREST - 1] {
            for place in &mut self.rarest {
                (*place, rare) = (place.max(rare), place.min(rare));
            }
        }
    }
}

/// Where the terms of one profile stand, to be compared with many others: most terms of another are told by one look to be
/// none of its own, where to merge two lists costs a step for each term of either.
struct Lookup {
    /// By the upper bits of hashes, the place behind the first term with these bits; 0 where there is none.
    behind_first: Vec<u16>,
    /// For each of its terms what [`Sums::of_a`] says of it.
    values: Vec<Values>,
}

/// So many upper bits of a hash choose where to look: one in 40 looks of a profile of 200 terms is in vain. 16 KB, which stay
/// in the first cache.
const LOOKUP_BITS: u32 = 13;

impl Lookup {
    fn new() -> Lookup {
        Lookup { behind_first: vec![0; 1 << LOOKUP_BITS], values: Vec::new() }
    }

    fn slot(hash: u32) -> usize {
        (hash >> (u32::BITS - LOOKUP_BITS)) as usize
    }

    /// Calls `visit` with this, made for the terms of `profile`.
    fn with<T>(&mut self, profile: &Profile, visit: impl FnOnce(&Lookup) -> T) -> T {
        // A profile has a few hundred terms. From the last, so that the first of each slot stays.
        for place in (0..profile.terms.len().min(usize::from(u16::MAX))).rev() {
            self.behind_first[Lookup::slot(profile.terms[place].hash)] = place as u16 + 1;
        }
        self.values.clear();
        self.values.extend(profile.terms.iter().map(Sums::of_a));
        let result = visit(self);
        profile.terms.iter().for_each(|term| self.behind_first[Lookup::slot(term.hash)] = 0);
        result
    }

    /// The [`Sums`] of `a`, for which this was made, and `b`. `met` is a buffer.
    fn sums(&self, a: &Profile, b: &Profile, met: &mut Vec<u32>) -> Sums {
        // In two steps, because the first has no branch to guess wrong.
        met.resize(met.len().max(b.terms.len()), 0);
        let mut count = 0;
        for (term, place) in b.terms.iter().zip(0..) {
            met[count] = place;
            count += usize::from(self.behind_first[Lookup::slot(term.hash)] != 0);
        }
        let mut sums = Sums::default();
        for &place in &met[..count] {
            let other = &b.terms[place as usize];
            let mut at = usize::from(self.behind_first[Lookup::slot(other.hash)]) - 1;
            while a.terms.get(at).is_some_and(|one| one.hash < other.hash) {
                at += 1;
            }
            if let Some(one) = a.terms.get(at).filter(|one| one.hash == other.hash) {
                sums.add(one, &self.values[at], other);
            }
        }
        sums
    }
}

impl Evidence {
    /// How alike `a` and `b` are. The same whichever comes first.
    pub fn of(a: (&Profile, &Norms), b: (&Profile, &Norms)) -> Evidence {
        let mut sums = Sums::default();
        shared(a.0, b.0, |one, other| sums.add(one, &Sums::of_a(one), other));
        Evidence::of_sums(&sums, a, b)
    }

    /// [`Evidence::of`] of many pairs of places, in their order; fastest where pairs of one first profile follow one another.
    pub fn of_pairs(profiles: &[Profile], norms: &[Norms], pairs: &[(u32, u32)]) -> Vec<Evidence> {
        Evidence::map_pairs(profiles, norms, pairs, |_, evidence| evidence)
    }

    /// What `keep` makes of each pair and its evidence, in their order: evidence takes more memory than what is made of it.
    pub(super) fn map_pairs<T: Clone + Default + Send>(
        profiles: &[Profile],
        norms: &[Norms],
        pairs: &[(u32, u32)],
        keep: impl Fn((u32, u32), Evidence) -> T + Sync,
    ) -> Vec<T> {
        let with_norms = |place: u32| (&profiles[place as usize], &norms[place as usize]);
        let mut kept = vec![T::default(); pairs.len()];
        let mut rest = &mut kept[..];
        let of_one_first: Vec<&[(u32, u32)]> = pairs.chunk_by(|x, y| x.0 == y.0).collect();
        let mut kept_of: Vec<&mut [T]> =
            of_one_first.iter().map(|pairs| rest.split_off_mut(..pairs.len()).unwrap_or_default()).collect();
        let groups: Vec<_> = near_each_other(profiles.len(), &of_one_first)
            .into_iter()
            .map(|group| (of_one_first[group], std::mem::take(&mut kept_of[group])))
            .collect();
        groups.into_par_iter().for_each_init(
            || (Lookup::new(), Vec::new()),
            |(lookup, met), (pairs, kept)| {
                let a = with_norms(pairs[0].0);
                fetch(pairs.iter().map(|&(_, b)| profiles[b as usize].terms.first().map_or(0, |term| term.hash)));
                lookup.with(a.0, |lookup| {
                    for (&pair, kept) in pairs.iter().zip(kept) {
                        let b = with_norms(pair.1);
                        *kept = keep(pair, Evidence::of_sums(&lookup.sums(a.0, b.0, met), a, b));
                    }
                });
            },
        );
        kept
    }

    fn of_sums(sums: &Sums, (a, norms_a): (&Profile, &Norms), (b, norms_b): (&Profile, &Norms)) -> Evidence {
        let Sums { products, rarest } = sums;
        let [.., lead_of_a, lead_of_b] = products;
        let cosine = |kind: usize| {
            let square = norms_a.squares[kind] * norms_b.squares[kind];
            (square > 0.0).then(|| (products[kind] / square.sqrt()).min(1.0))
        };
        let part =
            |shared: f32, norms: &Norms| if norms.squares[LEAD] > 0.0 { shared / norms.squares[LEAD] } else { 0.0 };
        let near = |gap: f32| 1.0 / (1.0 + gap);
        let days_between = |a: Option<Day>, b: Option<Day>| a.zip(b).map(|(a, b)| a.gap(b) as f32);
        let moments = a.moment.zip(b.moment).map(|(a, b)| a.abs_diff(b) as f32 / SECONDS_PER_DAY);
        let (shorter, longer) = (a.words.min(b.words), a.words.max(b.words));
        Evidence {
            words: cosine(0).unwrap_or(0.0),
            pairs: cosine(1).unwrap_or(0.0),
            lead: cosine(LEAD).unwrap_or(0.0),
            names: cosine(3),
            title: cosine(4),
            lead_in_text: (part(*lead_of_a, norms_a) + part(*lead_of_b, norms_b)) / 2.0,
            numbers: cosine(5),
            days: days_cosine(a, b, norms_a.days * norms_b.days),
            focus: days_between(a.focus, b.focus).map(near),
            published: moments.or_else(|| days_between(a.published, b.published)).map(near),
            lengths: shorter.max(1) as f32 / longer.max(1) as f32,
            length: length_of(shorter),
            rarest: (rarest.iter().sum::<f32>() / RAREST as f32 / a.rarest.min(b.rarest).max(1.0)).min(1.0),
        }
    }
}

const SECONDS_PER_DAY: f32 = 86_400.0;

/// [`Evidence::length`] when the shorter article has this many words.
fn length_of(words: u32) -> f32 {
    ((words.max(1) as f32).ln() / 5.0 - 0.4).clamp(0.0, 1.0)
}

/// What evidence says of when it happened, which is asked for again where a pair is compared with others: as in [`Evidence`],
/// and NaN for what is missing, because it is kept of every pair.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct When {
    days: f32,
    focus: f32,
    published: f32,
    /// [`Evidence::is_brief`], which says by which weights.
    pub(super) is_brief: bool,
}

impl When {
    fn known(value: f32) -> Option<f32> {
        (!value.is_nan()).then_some(value)
    }

    /// The three of them.
    #[cfg(feature = "arrow")]
    pub(super) fn parts(&self) -> [f32; 3] {
        [self.days, self.focus, self.published]
    }

    #[cfg(feature = "arrow")]
    pub(super) fn of_parts([days, focus, published]: [f32; 3], is_brief: bool) -> When {
        When { days, focus, published, is_brief }
    }

    /// [`Evidence::days`].
    pub(super) fn days(&self) -> Option<f32> {
        When::known(self.days)
    }

    /// [`Evidence::focus`].
    pub(super) fn focus(&self) -> Option<f32> {
        When::known(self.focus)
    }

    /// [`Evidence::published`].
    pub(super) fn published(&self) -> Option<f32> {
        When::known(self.published)
    }
}

impl Evidence {
    /// When it happened.
    pub(super) fn when(&self) -> When {
        let [days, focus, published] =
            [self.days, self.focus, self.published].map(|nearness| nearness.unwrap_or(f32::NAN));
        When { days, focus, published, is_brief: self.is_brief() }
    }

    /// Whether one of the two is a headline or a teaser. Such pairs have weights of their own.
    pub fn is_brief(&self) -> bool {
        self.length < length_of(BRIEF_WORDS)
    }

    /// The same where nothing is known of one kind. The neighborhood is no evidence of a pair, and leaving it out changes nothing here.
    pub fn without(self, piece: Piece) -> Evidence {
        match piece {
            Piece::Words => Evidence { words: 0.0, ..self },
            Piece::Pairs => Evidence { pairs: 0.0, ..self },
            Piece::Lead => Evidence { lead: 0.0, ..self },
            Piece::Names => Evidence { names: None, ..self },
            Piece::Title => Evidence { title: None, ..self },
            Piece::LeadInText => Evidence { lead_in_text: 0.0, ..self },
            Piece::Numbers => Evidence { numbers: None, ..self },
            Piece::Days => Evidence { days: None, focus: None, ..self },
            Piece::Published => Evidence { published: None, ..self },
            // Which weights apply stays known.
            Piece::Lengths if self.is_brief() => Evidence { lengths: 0.0, length: 0.0, ..self },
            Piece::Lengths => Evidence { lengths: 0.0, length: length_of(BRIEF_WORDS), ..self },
            Piece::Rarest => Evidence { rarest: 0.0, ..self },
            Piece::Neighborhood => self,
        }
    }
}

/// Groups of pairs, each of one first report, in an order in which those follow one another that have reports in common
/// (depth first): so that most profiles are still in the cache when they are looked at once more, which took a third of the
/// time. Returns places in `groups`.
fn near_each_other(reports: usize, groups: &[&[(u32, u32)]]) -> Vec<usize> {
    let mut group_of = vec![None; reports];
    groups.iter().zip(0..).for_each(|(pairs, group)| group_of[pairs[0].0 as usize] = Some(group));
    let mut order = Vec::with_capacity(groups.len());
    let mut open: Vec<u32> = Vec::new();
    for pairs in groups {
        open.push(pairs[0].0);
        while let Some(report) = open.pop() {
            // Taken, so that it comes once.
            if let Some(group) = group_of[report as usize].take() {
                order.push(group);
                open.extend(groups[group].iter().rev().map(|&(_, other)| other));
            }
        }
    }
    order
}

/// Calls `visit` with each term that both have, as either has it, in rising order of hash. The reference that
/// [`Lookup::sums`] is tested against.
pub(super) fn shared(a: &Profile, b: &Profile, mut visit: impl FnMut(&Term, &Term)) {
    let (mut i, mut j) = (0, 0);
    while let (Some(one), Some(other)) = (a.terms.get(i), b.terms.get(j)) {
        if one.hash == other.hash {
            visit(one, other);
        }
        i += usize::from(one.hash <= other.hash);
        j += usize::from(other.hash <= one.hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;
    use crate::boilerplate::ShellTable;
    use crate::normalize::Words;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn profile(text: &str) -> Profile {
        Profile::of(&Article { text: text.into(), ..Article::default() }, &Words::of(text), &ShellTable::default())
    }

    fn evidence(a: &str, b: &str) -> Evidence {
        let (a, b) = (profile(a), profile(b));
        Evidence::of((&a, &Norms::of(&a)), (&b, &Norms::of(&b)))
    }

    #[test]
    fn what_one_of_two_does_not_say_is_no_disagreement() {
        let found = evidence("Tổng thống Biden gặp ông Putin", "Tổng thống Biden gặp ông Putin hôm 8/12, dài 45 phút");
        assert_eq!((found.days, found.focus, found.published), (None, None, None));
        assert_eq!((found.title, found.numbers), (None, None));
        assert!(found.names.is_some_and(|names| names > 0.99), "{found:?}");
    }

    #[test]
    fn days_tell_two_calls_of_the_same_men_apart() {
        let call = |day: &str| {
            format!("Tổng thống Mỹ Biden điện đàm với Tổng thống Nga Putin hôm {day} về biên giới Ukraine.")
        };
        let (same, other) = (evidence(&call("8/12"), &call("8-12")), evidence(&call("8/12"), &call("30/12")));
        assert_eq!((same.days, same.focus), (Some(1.0), Some(1.0)));
        assert_eq!((other.days, other.words), (Some(0.0), same.words));
        assert!(other.focus < Some(0.1));
    }

    #[test]
    fn variants_of_a_name_agree() {
        let found = evidence("Tại Moskva, ông Lavrov nói", "Tại Mát-xcơ-va, ông Lavrov nói");
        assert!(found.names.is_some_and(|names| names > 0.99), "{found:?}");
    }

    /// Terms whose hashes are near each other or far apart, each once and in order.
    fn terms() -> impl Strategy<Value = Vec<Term>> {
        let hash = (0u32..4, 0u32..6).prop_map(|(far, near)| (far << 30) + near);
        let one = (hash, 1u8..4, any::<u8>(), 0u8..32).prop_map(|(hash, count, level, traits)| Term {
            hash,
            count,
            count_in_text: count,
            level,
            traits: Traits::of_bits(traits),
        });
        prop::collection::vec(one, 0..20).prop_map(|mut terms| {
            terms.sort_by_key(|term| term.hash);
            terms.dedup_by_key(|term| term.hash);
            terms
        })
    }

    proptest! {
        #[test]
        fn groups_of_pairs_are_put_in_another_order_and_none_is_lost(
            pairs in prop::collection::btree_set((0u32..9, 9u32..20), 0..40),
        ) {
            // Some second reports are first ones as well.
            let pairs: BTreeSet<(u32, u32)> = pairs.into_iter().map(|(a, b)| (a, (a + 1).max(b - 9))).collect();
            let pairs: Vec<(u32, u32)> = pairs.into_iter().collect();
            let groups: Vec<&[(u32, u32)]> = pairs.chunk_by(|x, y| x.0 == y.0).collect();
            let mut order = near_each_other(20, &groups);
            order.sort_unstable();
            prop_assert_eq!(order, (0..groups.len()).collect::<Vec<_>>());
        }

        #[test]
        fn many_pairs_at_once_have_the_evidence_of_each_alone_to_the_last_bit(
            terms in prop::collection::vec(terms(), 2..6),
        ) {
            let of = |terms: Vec<Term>| Profile { terms, rarest: 10.0, ..Profile::default() };
            let profiles: Vec<Profile> = terms.into_iter().map(of).collect();
            let norms: Vec<Norms> = profiles.iter().map(Norms::of).collect();
            let count = profiles.len() as u32;
            let pairs: Vec<(u32, u32)> = (0..count).flat_map(|a| (0..count).map(move |b| (a, b))).collect();
            let found = Evidence::of_pairs(&profiles, &norms, &pairs);
            prop_assert_eq!(found.len(), pairs.len());
            for (&(a, b), found) in pairs.iter().zip(found) {
                let with_norms = |place: u32| (&profiles[place as usize], &norms[place as usize]);
                prop_assert_eq!(found, Evidence::of(with_norms(a), with_norms(b)));
            }
        }

        #[test]
        fn evidence_is_the_same_whichever_comes_first_and_within_its_range(
            a in prop::collection::vec("(ông|Nga|Mỹ|Biden|Putin|gặp|hôm|8/12|9/12|45|phút|\\.)", 1..30),
            b in prop::collection::vec("(ông|Nga|Mỹ|Biden|Putin|gặp|hôm|8/12|9/12|45|phút|\\.)", 1..30),
        ) {
            let (a, b) = (a.join(" "), b.join(" "));
            let (one, other) = (evidence(&a, &b), evidence(&b, &a));
            let all = |found: &Evidence| {
                let optional = [found.names, found.title, found.numbers, found.days, found.focus, found.published];
                let always = [found.words, found.pairs, found.lead, found.lead_in_text, found.rarest, found.lengths, found.length];
                optional.into_iter().chain(always.map(Some)).collect::<Vec<_>>()
            };
            for (left, right) in all(&one).into_iter().zip(all(&other)) {
                prop_assert_eq!(left.is_some(), right.is_some());
                let (left, right) = (left.unwrap_or(0.0), right.unwrap_or(0.0));
                prop_assert!((left - right).abs() < 1e-5 && (0.0..=1.0001).contains(&left), "{} {}", left, right);
            }
        }
    }
}
