//! A pool of sentences in, articles out: what the benches read.
//!
//! Random letters would flatter every stage: no diacritics to fold, no word twice, no shingle shared. So articles are
//! recombined from real news, the seeds, or any other pool that `--pool` names: a folder that holds
//! `sents.txt` and `titles.txt`, a sentence a line. Lengths, families of edited copies and outlet shells are those of a
//! Vietnamese news stream. The same pool and the same number of articles give the same bytes on every machine.
//!
//! The seeds are five articles. Whole sentences of theirs would stand in every article, and every pair would share
//! shingles; so from a small pool a sentence is pieced together from runs of two to four words, and a shingle is nearly
//! always new, as in real news. From a large pool a sentence is taken whole, one word in twelve replaced.

use std::path::PathBuf;

use wirecopy::article::{Article, Published};

/// Names another pool than the seeds, to the process that measures: see `main` of the benches.
pub(crate) const POOL_VARIABLE: &str = "WIRECOPY_BENCH_POOL";

/// A pool of at least so many sentences is large: its sentences are taken whole.
const LARGE_POOL: usize = 10_000;

/// One word in so many is replaced in a sentence that is taken whole.
const WORDS_PER_REPLACED: usize = 12;

/// One article in so many belongs to a family of copies.
const ARTICLES_PER_PLANTED: usize = 5;

/// Median and bounds of an article's length in words, as in a stream of Vietnamese news.
const MEDIAN_WORDS: f64 = 320.0;
const FEWEST_WORDS: usize = 60;
const MOST_WORDS: usize = 2_500;

/// How many outlets there are; the first publishes most.
const OUTLETS: usize = 20;

/// The first article was published at this time (2024-01-01T00:00:00Z), the others at one every 29 seconds.
const FIRST_PUBLISHED: i64 = 1_704_067_200;
const SECONDS_BETWEEN: i64 = 29;

/// Sentences to make articles of.
pub(crate) struct Pool {
    sentences: Vec<Vec<String>>,
    titles: Vec<Vec<String>>,
}

impl Pool {
    /// The pool that `WIRECOPY_BENCH_POOL` names, else the seeds.
    pub(crate) fn load() -> Pool {
        match std::env::var_os(POOL_VARIABLE) {
            Some(folder) => {
                let lines = |name: &str| {
                    let path = PathBuf::from(&folder).join(name);
                    let text = std::fs::read_to_string(&path);
                    let text = text.unwrap_or_else(|error| panic!("{POOL_VARIABLE}: {}: {error}", path.display()));
                    sentences(&text)
                };
                Pool { sentences: lines("sents.txt"), titles: lines("titles.txt") }
            }
            None => Pool::seeds(),
        }
    }

    fn seeds() -> Pool {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
        let entries = std::fs::read_dir(folder).expect("the seeds are part of the repository");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
        paths.sort();
        let texts = paths.iter().map(|path| std::fs::read_to_string(path).expect("a seed is UTF-8"));
        let sentences: Vec<Vec<String>> = texts.flat_map(|text| sentences(&text)).collect();
        Pool { titles: sentences.clone(), sentences }
    }

    fn word(&self, random: &mut Random) -> &str {
        let sentence = random.choose(&self.sentences);
        random.choose::<String>(sentence)
    }

    fn sentence(&self, random: &mut Random) -> Vec<String> {
        if self.sentences.len() >= LARGE_POOL {
            let sentence = random.choose(&self.sentences).clone();
            let replaced = sentence.len() / WORDS_PER_REPLACED;
            return self.replace_words(sentence, replaced, random);
        }
        self.pieced(random.between(8, 40), random)
    }

    /// A sentence of about so many words, of runs of two to four words of the pool.
    fn pieced(&self, words: usize, random: &mut Random) -> Vec<String> {
        let mut pieced: Vec<String> = Vec::with_capacity(words + 4);
        while pieced.len() < words {
            let sentence = random.choose(&self.sentences);
            let length = random.between(2, 4).min(sentence.len());
            let start = random.between(0, sentence.len() - length);
            pieced.extend(sentence[start..start + length].iter().map(|word| word.trim_end_matches('.').to_owned()));
        }
        if let Some(last) = pieced.last_mut() {
            last.push('.');
        }
        pieced
    }

    fn title(&self, random: &mut Random) -> Vec<String> {
        if self.titles.len() >= LARGE_POOL { random.choose(&self.titles).clone() } else { self.pieced(11, random) }
    }

    fn replace_words(&self, mut sentence: Vec<String>, count: usize, random: &mut Random) -> Vec<String> {
        for _ in 0..count {
            let place = random.between(0, sentence.len() - 1);
            sentence[place] = self.word(random).to_owned();
        }
        sentence
    }
}

/// Sentences and lines of a text, in words as they stand there.
fn sentences(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().flat_map(|line| line.split_inclusive(". "));
    let words = |sentence: &str| -> Vec<String> { sentence.split_whitespace().map(str::to_owned).collect() };
    lines.map(words).filter(|words| words.len() >= 4).collect()
}

/// So many articles from `pool`, in order of publication, copies among them: their label is their family.
pub(crate) fn articles(pool: &Pool, count: usize) -> Vec<Article<'static>> {
    let mut random = Random(0x5EED);
    let outlets: Vec<Outlet> = (0..OUTLETS).map(|place| Outlet::new(place, pool, &mut random)).collect();
    let mut stories: Vec<(u64, Story, usize, Option<usize>)> = Vec::with_capacity(count);
    let planted = count / ARTICLES_PER_PLANTED;
    while stories.len() < count {
        let place = stories.len();
        let first = Story::fresh(pool, &mut random);
        let left = planted.saturating_sub(stories.len());
        let members = if left >= 2 { family_size(&mut random).min(left) } else { 1 };
        for member in 0..members {
            let story = if member == 0 { first.clone() } else { first.edited(pool, &mut random) };
            stories.push((random.next(), story, outlet_of(&mut random), (members > 1).then_some(place)));
        }
    }
    // A random key each, so that the members of a family stand far apart.
    stories.sort_by_key(|&(key, ..)| key);
    let dated = stories.into_iter().zip(0i64..);
    let article = |((_, story, outlet, family), place): ((u64, Story, usize, Option<usize>), i64)| {
        let label = family.map(|family: usize| format!("f{family:07}").into());
        Article { label, ..outlets[outlet].runs(&story, place) }
    };
    dated.map(article).collect()
}

/// The articles as JSON lines, as a crawler would leave them.
pub(crate) fn json_lines(articles: &[Article<'_>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for article in articles {
        let record = serde_json::json!({
            "id": article.id,
            "source": article.source,
            "published": article.published.map(|published| published.to_string()),
            "title": article.title,
            "text": article.text,
        });
        serde_json::to_writer(&mut lines, &record).expect("a Vec takes every byte");
        lines.push(b'\n');
    }
    lines
}

#[derive(Clone)]
struct Story {
    title: Vec<String>,
    sentences: Vec<Vec<String>>,
}

impl Story {
    fn fresh(pool: &Pool, random: &mut Random) -> Story {
        let words = (MEDIAN_WORDS * (0.5 * random.normal()).exp()) as usize;
        let words = words.clamp(FEWEST_WORDS, MOST_WORDS);
        let mut sentences = Vec::new();
        let mut written = 0;
        while written < words {
            let sentence = pool.sentence(random);
            written += sentence.len();
            sentences.push(sentence);
        }
        Story { title: pool.title(random), sentences }
    }

    /// What another outlet makes of it: one in six runs it as it is; others put a lead in front, drop and add sentences,
    /// replace up to one word in fifteen.
    fn edited(&self, pool: &Pool, random: &mut Random) -> Story {
        let mut story = self.clone();
        if random.one_in(6) {
            return story;
        }
        if random.one_in(2) {
            story.title = pool.title(random);
        }
        if random.one_in(3) {
            story.sentences[0] = pool.sentence(random);
        }
        for _ in 0..random.between(0, story.sentences.len() / 5) {
            let place = random.between(0, story.sentences.len() - 1);
            if random.one_in(2) && story.sentences.len() > 2 {
                story.sentences.remove(place);
            } else {
                story.sentences.insert(place, pool.sentence(random));
            }
        }
        if random.one_in(2) {
            let per_sentence = random.between(0, 3);
            let sentences = std::mem::take(&mut story.sentences);
            story.sentences = sentences
                .into_iter()
                .map(|sentence| {
                    let count = per_sentence.min(sentence.len() / 15);
                    pool.replace_words(sentence, count, random)
                })
                .collect();
        }
        story
    }
}

/// Who runs a story, and what stands around it there.
struct Outlet {
    name: String,
    head: String,
    foot: String,
}

impl Outlet {
    fn new(place: usize, pool: &Pool, random: &mut Random) -> Outlet {
        let name = format!("Báo {place}");
        let head = if random.one_in(2) { format!("({name}) - ") } else { String::new() };
        let foot = match place % 3 {
            0 => format!("\n{}\nBình luận (0)\nBản quyền thuộc về {name}.", pool.pieced(20, random).join(" ")),
            1 => format!("\nTheo {name}"),
            _ => String::new(),
        };
        Outlet { name, head, foot }
    }

    fn runs(&self, story: &Story, place: i64) -> Article<'static> {
        let sentences: Vec<String> = story.sentences.iter().map(|sentence| sentence.join(" ")).collect();
        let paragraphs: Vec<String> = sentences.chunks(3).map(|sentences| sentences.join(" ")).collect();
        Article {
            id: format!("a{place:07}").into(),
            source: Some(self.name.clone().into()),
            published: Some(Published::at(FIRST_PUBLISHED + SECONDS_BETWEEN * place)),
            title: Some(story.title.join(" ").into()),
            text: format!("{}{}{}", self.head, paragraphs.join("\n"), self.foot).into(),
            ..Article::default()
        }
    }
}

/// 2 to 20 members; each size about a third as likely as half of it (an exponent of 1.8).
fn family_size(random: &mut Random) -> usize {
    ((random.share().max(1e-9).powf(-1.0 / 0.8) * 2.0) as usize).min(20)
}

/// A few outlets publish most.
fn outlet_of(random: &mut Random) -> usize {
    let share = random.share();
    ((share * share * OUTLETS as f64) as usize).min(OUTLETS - 1)
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers everywhere, and no dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    /// A share of one, 0.0..1.0.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Both ends included.
    fn between(&mut self, least: usize, most: usize) -> usize {
        least + (self.share() * (most + 1 - least) as f64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.between(1, count) == 1
    }

    fn choose<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.between(0, of.len() - 1)]
    }

    /// Near enough to a normal variable: the sum of twelve uniform ones.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}
