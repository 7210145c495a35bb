//! What an article may say to do harm to a page that shows it, and how a page is told to be unharmed.

use std::collections::BTreeSet;

/// Each of these would do something, if it came into the page as it is.
pub(crate) const HOSTILE: [&str; 8] = [
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=\"window.hacked=1\">",
    "\" onmouseover=\"window.hacked=1",
    "<!--<script>",
    "{{ 7*7 }}{% raw %}",
    "\u{202e}gnp.exe\u{2066}",
    "\u{0}\u{7}\u{1b}[31m\u{85}\u{2028}",
    "javascript:window.hacked=1",
];

/// What must not stand in a page as it is: it ends lines, steers, or turns the direction of what follows.
pub(crate) const STEERING: [char; 7] = ['\u{202e}', '\u{2066}', '\u{0}', '\u{7}', '\u{1b}', '\u{85}', '\u{2028}'];

/// Every opening tag of a page outside of scripts and styles: none is made by what an article says.
pub(crate) fn tags(page: &str) -> BTreeSet<String> {
    let mut rest = page;
    let mut tags = BTreeSet::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        if name == "script" || name == "style" {
            rest = &rest[rest.find(&format!("</{name}>")).expect("it ends")..];
        }
        tags.insert(name);
    }
    tags
}
