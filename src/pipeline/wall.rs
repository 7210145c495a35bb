//! Articles of one text under many titles in, whether that text is a wall out.
//!
//! A page that asks for a login, a subscription or a consent gives the same text for every address: as many articles as there
//! are titles, and none of them a copy of another. A story that many papers ran word for word has many titles as well. The
//! difference is what it speaks of: a story has the words of its titles, a wall has not. That alone would let a text pass as
//! new that is given six times under titles of chance; so a wall must also read as one: it asks for what walls ask for.

use crate::article::Article;
use crate::normalize::Words;

/// A text under so many different titles may be a wall.
pub(super) const MIN_TITLES: usize = 6;

/// Of more articles than this the first are looked at.
pub(super) const MOST_LOOKED_AT: usize = 64;

/// A text speaks of a title if it has this share of its telling words: names and figures among them, short words not.
const SPOKEN_OF: f64 = 1.0 / 3.0;

/// The text is a wall if it speaks of at most this share of the titles: one of them may be the site's own.
const MOST_SPOKEN_OF: f64 = 0.1;

/// Words of fewer characters tell nothing: every text has them.
const TELLING_CHARACTERS: usize = 4;

/// A wall has at least so many different ones of these, folded and with spaces between words.
const MIN_PHRASES: usize = 2;

/// What walls ask for, in English, Vietnamese, German, French and Spanish.
const PHRASES: &[&str] = &[
    "log in",
    "sign in",
    "sign up",
    "subscribe",
    "subscriber",
    "subscription",
    "free article",
    "password",
    "your account",
    "an account",
    "cookies",
    "consent",
    "privacy policy",
    "newsletter",
    "enable javascript",
    "your browser",
    "not a robot",
    "đăng nhập",
    "đăng ký",
    "tài khoản",
    "mật khẩu",
    "trình duyệt",
    "chính sách bảo mật",
    "anmelden",
    "abonnieren",
    "abonnenten",
    "passwort",
    "datenschutz",
    "s abonner",
    "abonnés",
    "se connecter",
    "mot de passe",
    "iniciar sesión",
    "suscríbete",
    "suscriptores",
    "contraseña",
];

/// A wall is no longer than this.
const MOST_WORDS: usize = 800;

/// Of a wall so many words are shown.
const SHOWN_WORDS: usize = 30;

/// What is asked of an article whose text others have too.
pub(super) struct Titled {
    /// A hash of its title; `None` where it has none that tells anything.
    title: Option<u64>,
    /// Whether its text speaks of it.
    spoken_of: bool,
    /// Whether its text asks for what walls ask for.
    asks: bool,
    /// How its text begins, folded.
    pub(super) beginning: String,
}

impl Titled {
    pub(super) fn of(article: &Article<'_>) -> Titled {
        let (title, text) = (Words::of(article.title.as_deref().unwrap_or("")), Words::of(&article.text));
        let is_telling =
            |place: &usize| title.has_digit(*place) || title.word(*place).chars().nth(TELLING_CHARACTERS - 1).is_some();
        let telling: Vec<usize> = (0..title.len()).filter(is_telling).collect();
        let said = telling.iter().filter(|&&place| text.hashes().any(|hash| Some(hash) == title.hash(place))).count();
        let all = if text.len() <= MOST_WORDS {
            format!(" {} ", text.iter().collect::<Vec<_>>().join(" "))
        } else {
            String::new()
        };
        let phrases = PHRASES.iter().filter(|phrase| all.contains(&format!(" {phrase} "))).count();
        let beginning: Vec<&str> = text.iter().take(SHOWN_WORDS).collect();
        Titled {
            title: (!telling.is_empty()).then(|| title.fingerprint()),
            spoken_of: said as f64 >= SPOKEN_OF * telling.len() as f64,
            asks: phrases >= MIN_PHRASES,
            beginning: beginning.join(" "),
        }
    }
}

/// How many different titles there are, if the one text of these articles is a wall.
pub(super) fn titles_of_a_wall(articles: &[&Titled]) -> Option<u32> {
    let titled: Vec<&&Titled> = articles.iter().filter(|article| article.title.is_some()).collect();
    let spoken_of = titled.iter().filter(|article| article.spoken_of).count();
    let mut titles: Vec<u64> = titled.iter().filter_map(|article| article.title).collect();
    titles.sort_unstable();
    titles.dedup();
    let asks = articles.iter().all(|article| article.asks);
    (asks && titles.len() >= MIN_TITLES && spoken_of as f64 <= MOST_SPOKEN_OF * titled.len() as f64)
        .then_some(titles.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str, titles: &[&str]) -> Option<u32> {
        let titled = |title: &&str| {
            Titled::of(&Article { title: Some((*title).into()), text: text.into(), ..Article::default() })
        };
        let all: Vec<Titled> = titles.iter().map(titled).collect();
        titles_of_a_wall(&all.iter().collect::<Vec<_>>())
    }

    const TITLES: [&str; 6] = [
        "Bridge at Marlow closed for repairs",
        "Hikers found alive below Orrin",
        "School board votes on lunch prices",
        "Ferry strike enters third week",
        "Painter leaves fortune to orchestra",
        "Storm warning for the northern coast",
    ];

    #[test]
    fn one_text_under_many_titles_that_it_does_not_speak_of_is_a_wall() {
        let wall =
            "You have read your last free article. Log in or subscribe to continue. Subscribers read without limits.";
        assert_eq!(titles(wall, &TITLES), Some(6));
        assert_eq!(titles(wall, &TITLES[..5]), None);
        let other =
            "Rain fell on the hills all night, and in the morning the stream had left its bed. Nobody was hurt.";
        assert_eq!(titles(other, &TITLES), None, "a story under titles of chance is a copy");
    }

    #[test]
    fn a_story_that_papers_ran_under_titles_of_their_own_is_none() {
        let story = "The bridge at Marlow will be closed for nine weeks while engineers replace corroded pins. Buses go by the \
                     quarry road, and a ferry takes people across, the council said.";
        let own = [
            "Marlow bridge closed for nine weeks",
            "Corroded pins close bridge",
            "Council shuts bridge, offers ferry",
            "Engineers to replace pins at Marlow",
            "Buses diverted over quarry road",
            "Nine weeks without a bridge",
        ];
        assert_eq!(titles(story, &own), None);
    }
}
