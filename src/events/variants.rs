//! Names that newspapers write in several ways, made one.
//!
//! Vietnamese papers transcribe foreign names, translate them or leave them: `Mát-xcơ-va`, `Moskva` and `Moscow` are one city.
//! The first of each group stands for all. Only names whose forms are common and that mean one thing are here.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::normalize::Words;
use crate::shingle::BASE;

/// Groups of variants, divided by `|`.
const GROUPS: [&str; 43] = [
    "moscow|moskva|mát-xcơ-va|matxcơva|mátxcơva|maxcova|matxcova|mạc tư khoa",
    "nhà trắng|tòa bạch ốc|white house",
    "washington|oa-sinh-tơn",
    "bắc kinh|beijing",
    "thượng hải|shanghai",
    "hồng kông|hồng công|hong kong|hongkong",
    "bình nhưỡng|pyongyang",
    "seoul|xê-un|xơ-un",
    "triều tiên|bắc triều tiên|cộng hòa dân chủ nhân dân triều tiên|chdcnd triều tiên|north korea",
    "hàn quốc|nam hàn|south korea",
    "đài loan|taiwan",
    "thụy sĩ|thụy sỹ|switzerland",
    "italy|italia|ý đại lợi",
    "australia|úc|ô-xtrây-li-a|ốt-xtrây-li-a",
    "ấn độ|india",
    "nhật bản|japan",
    "ukraine|ukraina|u-crai-na",
    "ba lan|poland",
    "thổ nhĩ kỳ|turkey|türkiye",
    "ai cập|egypt",
    "campuchia|cambodia|căm-pu-chia",
    "philippines|phi-líp-pin|philippin",
    "indonesia|in-đô-nê-xi-a",
    "malaysia|ma-lai-xi-a",
    "singapore|xin-ga-po",
    "myanmar|miến điện|mi-an-ma",
    "iraq|i-rắc|irắc",
    "syria|xy-ri|xyri",
    "brazil|bra-xin|braxin",
    "argentina|ác-hen-ti-na|áchentina",
    "israel|i-xra-en|ixraen",
    "palestine|pa-le-xtin|palextin",
    "eu|liên minh châu âu|european union",
    "liên hợp quốc|liên hiệp quốc|lhq|united nations",
    "wto|tổ chức thương mại thế giới",
    "imf|quỹ tiền tệ quốc tế|international monetary fund",
    "asean|hiệp hội các quốc gia đông nam á",
    "nato|tổ chức hiệp ước bắc đại tây dương",
    "fbi|cục điều tra liên bang mỹ|cục điều tra liên bang",
    "cia|cơ quan tình báo trung ương mỹ|cục tình báo trung ương mỹ",
    "covid-19|covid|sars-cov-2|ncov",
    "tp hcm|tphcm|thành phố hồ chí minh|tp hồ chí minh|sài gòn",
    "điện kremlin|kremlin|crem-li",
];

struct Variants {
    /// By the hash of all words, the canonical one.
    canonical: HashMap<u64, u64>,
    /// By the hash of the first word, the most words that a variant with it has.
    longest: HashMap<u64, usize>,
    /// By the upper bits of a hash, whether a variant begins with such a word: of a hundred words, one is looked up in vain.
    may_begin: Vec<bool>,
}

/// So many upper bits tell words apart that begin a variant and others.
const FILTER_BITS: u32 = 14;

fn filter_place(hash: u64) -> usize {
    (hash >> (u64::BITS - FILTER_BITS)) as usize
}

/// One hash of a run of words: of one word its own, of two that of their pair.
fn of_run(hashes: impl ExactSizeIterator<Item = u64>) -> u64 {
    let last = if hashes.len() > 1 { BASE } else { 1 };
    hashes.reduce(|run, word| run.wrapping_mul(BASE).wrapping_add(word)).unwrap_or_default().wrapping_mul(last)
}

static VARIANTS: LazyLock<Variants> = LazyLock::new(|| {
    let mut variants =
        Variants { canonical: HashMap::new(), longest: HashMap::new(), may_begin: vec![false; 1 << FILTER_BITS] };
    for group in GROUPS {
        let hashes = |variant: &str| Words::of(variant).hashes().collect::<Vec<u64>>();
        let canonical = of_run(hashes(group.split('|').next().unwrap_or(group)).into_iter());
        for variant in group.split('|') {
            let hashes = hashes(variant);
            let longest = variants.longest.entry(hashes[0]).or_default();
            *longest = hashes.len().max(*longest);
            variants.may_begin[filter_place(hashes[0])] = true;
            variants.canonical.insert(of_run(hashes.into_iter()), canonical);
        }
    }
    variants
});

/// Whether a variant may begin with a word of this hash: never false where one does.
pub(super) fn may_begin(hash: u64) -> bool {
    VARIANTS.may_begin[filter_place(hash)]
}

/// The longest variant that `tokens` begin with: how many words it has, and the hash that stands for it.
pub(super) fn at<T>(tokens: &[T], hash: impl Fn(&T) -> u64) -> Option<(usize, u64)> {
    let first = hash(tokens.first()?);
    if !may_begin(first) {
        return None;
    }
    let longest = *VARIANTS.longest.get(&first)?;
    (1..=longest.min(tokens.len())).rev().find_map(|length| {
        let canonical = VARIANTS.canonical.get(&of_run(tokens[..length].iter().map(&hash)))?;
        Some((length, *canonical))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<(usize, u64)> {
        at(&Words::of(text).hashes().collect::<Vec<_>>(), |&hash| hash)
    }

    #[test]
    fn variants_of_a_name_are_one() {
        let moscow = canonical("Moscow").unwrap().1;
        for variant in ["Moskva", "Mát-xcơ-va", "Mạc Tư Khoa"] {
            assert_eq!(canonical(variant).unwrap().1, moscow, "{variant}");
        }
        assert_eq!(canonical("Tòa Bạch Ốc hôm nay"), canonical("Toà bạch ốc"));
        assert_eq!(canonical("Tòa Bạch Ốc").map(|found| found.1), canonical("Nhà Trắng").map(|found| found.1));
        assert_eq!(canonical("nhà xây"), None);
    }

    #[test]
    fn each_variant_belongs_to_one_group() {
        let all = GROUPS.iter().flat_map(|group| group.split('|')).count();
        assert_eq!(VARIANTS.canonical.len(), all, "no variant stands twice");
    }
}
