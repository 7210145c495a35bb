//! A text that may be marked up in, its plain words out.
//!
//! Feeds and crawls give texts with tags and entities in them. Tags would count as words, so that two pages of one frame
//! were copies, and `S&#225;ng` would be none of `Sáng`. So markup is taken out as the text is read: tags become nothing or a
//! line break, as a browser would show them, entities the characters that they stand for, and what a page has around its
//! article (scripts, navigation, footers, forms) goes.
//!
//! HTML is read by a tokenizer that follows the standard (`html5gum`), Markdown by one that follows CommonMark
//! (`pulldown-cmark`). Ours is only the question whether a text is HTML at all: see [`Signs`].

use std::borrow::Cow;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};
use memchr::memchr2_iter;
use pulldown_cmark::{Event, Options, Parser};

use crate::settings::TextFormat;

/// The words of `text` without markup, and whether there was any.
pub(super) fn plain(text: Cow<'_, str>, format: TextFormat) -> (Cow<'_, str>, bool) {
    match format {
        TextFormat::Plain => (text, false),
        TextFormat::Markdown => (Cow::Owned(of_markdown(&text)), true),
        TextFormat::Html => (Cow::Owned(of_html(&text, Signs { tags: true, ..Signs::of(&text) })), true),
        TextFormat::Auto => {
            let signs = Signs::of(&text);
            if !signs.are_markup() {
                return (text, false);
            }
            let once = of_html(&text, signs);
            // A feed that holds a page has it with its tags as entities.
            let signs = Signs::of(&once);
            (Cow::Owned(if signs.are_markup() { of_html(&once, signs) } else { once }), true)
        }
    }
}

/// What of HTML is in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Signs {
    /// Tags of known names; one that ends an element, or breaks or begins a line, is among them. A text that speaks of `<b>` has none.
    tags: bool,
    /// Tags that make lines: then line breaks of the text are none.
    lines: bool,
    /// Entities, as `&#225;` or `&amp;`.
    entities: bool,
}

/// Elements that begin on a line of their own.
const LINES: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Elements inside a line.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "center", "cite", "code", "em", "font", "i", "iframe", "img", "ins", "link", "mark", "meta",
    "noscript", "q", "s", "script", "small", "span", "strike", "strong", "style", "sub", "sup", "time", "u", "video",
];

/// Elements that hold no text of an article.
const WITHOUT_TEXT: &[&str] =
    &["head", "iframe", "math", "noscript", "object", "script", "style", "svg", "template", "textarea"];

/// Elements that stand around the article of a page.
const AROUND: &[&str] = &["aside", "button", "footer", "form", "nav", "select"];

impl Signs {
    fn of(text: &str) -> Signs {
        let bytes = text.as_bytes();
        let mut signs = Signs::default();
        for at in memchr2_iter(b'<', b'&', bytes) {
            match bytes[at] {
                b'<' => signs.see_tag(&bytes[at + 1..]),
                _ => signs.entities |= begins_entity(&bytes[at + 1..]),
            }
        }
        signs
    }

    /// `rest`: what stands behind a `<`.
    fn see_tag(&mut self, rest: &[u8]) {
        let (ends, rest) = match rest {
            [b'/', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let (name, behind) = rest.split_at(length);
        let is_whole = behind.first().is_some_and(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace());
        let is = |names: &[&str]| names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name));
        let lines = is_whole && is(LINES);
        self.lines |= lines;
        self.tags |= lines
            || is_whole && ends && is(INLINE)
            || rest.get(..8).is_some_and(|rest| rest.eq_ignore_ascii_case(b"!doctype"));
    }

    fn are_markup(self) -> bool {
        self.tags || self.entities
    }
}

/// Whether what stands behind a `&` makes an entity of it. `R&D;` is none: a name has two letters or more.
fn begins_entity(rest: &[u8]) -> bool {
    let rest = &rest[..rest.len().min(34)];
    let Some(end) = rest.iter().position(|&byte| byte == b';') else { return false };
    match &rest[..end] {
        [b'#', b'x' | b'X', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        name => name.len() >= 2 && name.iter().all(u8::is_ascii_alphanumeric),
    }
}

fn of_html(text: &str, signs: Signs) -> String {
    if !signs.tags {
        // Entities alone: what looks like a tag is none.
        return tokens(&text.replace('<', "&lt;"), &[], false).0;
    }
    let without = [WITHOUT_TEXT, AROUND].concat();
    let is_article = |(text, whole): &(String, bool)| *whole && text.contains(char::is_alphanumeric);
    // A page may be one large form, or leave open what nothing closes: then only what holds no text goes, or nothing.
    let tries = [&without[..], WITHOUT_TEXT].into_iter().map(|left_out| tokens(text, left_out, signs.lines));
    tries.into_iter().find(is_article).unwrap_or_else(|| tokens(text, &[], signs.lines)).0
}

/// The text of all elements but those of `left_out`, and whether each of these was closed. `lines`: whether elements alone
/// break lines.
fn tokens(text: &str, left_out: &[&str], lines: bool) -> (String, bool) {
    let mut emitter = DefaultEmitter::default();
    // Scripts may hold what looks like a tag.
    emitter.naively_switch_states(!left_out.is_empty());
    let mut found = String::with_capacity(text.len());
    // The element that is left out at present, and how many of its name are open.
    let mut inside: Option<(Vec<u8>, usize)> = None;
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        match (token, &mut inside) {
            (Token::StartTag(tag), Some((name, open))) if *tag.name == *name && !tag.self_closing => *open += 1,
            (Token::EndTag(tag), Some((name, open))) if *tag.name == *name => {
                *open -= 1;
                if *open == 0 {
                    inside = None;
                    found.push('\n');
                }
            }
            (Token::StartTag(tag), None) if !tag.self_closing && is_one_of(&tag.name, left_out) => {
                inside = Some((tag.name.0, 1));
            }
            (Token::StartTag(tag), None) if is_one_of(&tag.name, LINES) => found.push('\n'),
            (Token::EndTag(tag), None) if is_one_of(&tag.name, LINES) => found.push('\n'),
            (Token::String(text), None) => push(&mut found, &String::from_utf8_lossy(&text), lines),
            _ => {}
        }
    }
    (found.trim().to_owned(), inside.is_none())
}

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| known.as_bytes() == name)
}

/// Adds a text, in which line breaks are spaces where elements make the lines.
fn push(found: &mut String, text: &str, lines: bool) {
    if lines {
        found.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
    } else {
        found.push_str(text);
    }
}

/// The text without marks of headings and emphasis, and of links and pictures what is shown.
fn of_markdown(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) | Event::Code(text) => found.push_str(&text),
            Event::SoftBreak => found.push(' '),
            Event::HardBreak | Event::Rule => found.push('\n'),
            Event::End(end) if !is_inline(end) => found.push('\n'),
            _ => {}
        }
    }
    found.trim().to_owned()
}

fn is_inline(end: pulldown_cmark::TagEnd) -> bool {
    use pulldown_cmark::TagEnd;
    matches!(end, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(text: &str) -> String {
        plain(text.into(), TextFormat::Auto).0.into_owned()
    }

    #[test]
    fn a_text_without_markup_is_left_as_it_is() {
        for text in ["Giá 5 < 7 & 8 > 3, R&D; AT&T", "He wrote <b> for bold", "a <3 b", "x &c; y", "<Reuters> said", ""]
        {
            let (found, marked) = plain(text.into(), TextFormat::Auto);
            assert!(matches!(found, Cow::Borrowed(found) if found == text) && !marked, "{text}");
        }
    }

    #[test]
    fn entities_become_what_they_stand_for() {
        assert_eq!(
            auto("S&#225;ng 12/10, &#x1EE6;y ban, H&agrave; N&#7897;i &amp; Hu&#7871;, 3 < 4"),
            "Sáng 12/10, Ủy ban, Hà Nội & Huế, 3 < 4"
        );
        assert_eq!(auto("&lt;p&gt;Một.&lt;/p&gt;&lt;p&gt;Hai.&lt;/p&gt;"), "Một.\n\nHai.", "a page inside a feed");
    }

    #[test]
    fn of_a_page_its_article_is_left() {
        let page = "<!DOCTYPE html><html><head><title>T | Gazette</title><script>if (a < b) { f('</p>') }</script></head><body><nav><a \
                    href=\"/\">Home</a></nav><article><h1>Bridge closes</h1><p>The <b>old</b> bridge\nis shut.</p><p>Buses go \
                    round.</p></article><footer>All rights reserved.</footer></body></html>";
        assert_eq!(
            auto(page).split('\n').filter(|line| !line.is_empty()).collect::<Vec<_>>(),
            ["Bridge closes", "The old bridge is shut.", "Buses go round."]
        );
    }

    #[test]
    fn what_nothing_closes_takes_no_text_with_it() {
        assert_eq!(auto("<div><nav>Home</nav><p>One.</p><aside><p>Two.</p></div>"), "Home\n\nOne.\n\n\nTwo.");
        assert_eq!(auto("<form><p>All of it is a form.</p></form>"), "All of it is a form.");
        assert_eq!(auto("<p>It begins.</p><script>x"), "It begins.\nx");
    }

    #[test]
    fn of_markdown_what_is_shown_is_left() {
        let text = "# Cầu mới\n\nCầu **dài** 120 m, xem [ảnh](https://a.example/b).\nXe qua được.\n\n- một\n- hai";
        let (found, marked) = plain(text.into(), TextFormat::Markdown);
        assert_eq!(found, "Cầu mới\nCầu dài 120 m, xem ảnh. Xe qua được.\nmột\nhai");
        assert!(marked);
        assert_eq!(plain(text.into(), TextFormat::Plain), (text.into(), false));
    }
}
