//! Which findings fail a check, and which pairs of outlets may share a text.

use super::Rule;

/// What fails a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The rules whose findings fail it.
    pub fail_on: Vec<Rule>,
    /// Whose texts may stand where.
    pub allow: Vec<Allowed>,
    /// Whether a later version of a text by its own outlet is a `revision` and no copy.
    pub own_revisions: bool,
    /// How many entries the baseline may have; `None`: any number.
    pub max_accepted: Option<usize>,
}

impl Default for Policy {
    fn default() -> Self {
        let fail_on = Rule::all().filter(|rule| rule.fails_by_default()).collect();
        Policy { fail_on, allow: Vec::new(), own_revisions: false, max_accepted: None }
    }
}

/// The texts of one outlet may stand in another, or in any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Whose texts.
    pub from: String,
    /// Who may run them; `None`: anyone.
    pub to: Option<String>,
}

impl Allowed {
    /// `OUTLET`, whose texts anyone may run, or `OUTLET -> OUTLET`; `None` where it is neither.
    ///
    /// ```
    /// use wirecopy::check::Allowed;
    /// assert!(Allowed::parse("ttxvn.vn -> baotintuc.vn").unwrap().covers(Some("TTXVN.vn"), Some("baotintuc.vn")));
    /// assert!(!Allowed::parse("ttxvn.vn -> baotintuc.vn").unwrap().covers(Some("ttxvn.vn"), Some("vnexpress.net")));
    /// assert!(Allowed::parse("ttxvn.vn").unwrap().covers(Some("ttxvn.vn"), None));
    /// assert_eq!(Allowed::parse("-> a.vn"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Allowed> {
        let (from, to) = match text.split_once("->") {
            Some((from, to)) => (from.trim(), Some(to.trim())),
            None => (text.trim(), None),
        };
        (!from.is_empty() && to != Some("")).then(|| Allowed { from: from.to_owned(), to: to.map(str::to_owned) })
    }

    /// Whether it allows a text of the outlet `from` in the outlet `to`. ASCII case makes no difference; an unknown outlet is none
    /// that is named.
    pub fn covers(&self, from: Option<&str>, to: Option<&str>) -> bool {
        let is = |named: &str, outlet: Option<&str>| outlet.is_some_and(|outlet| outlet.eq_ignore_ascii_case(named));
        is(&self.from, from) && self.to.as_deref().is_none_or(|named| is(named, to))
    }
}

impl std::fmt::Display for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.to {
            Some(to) => write!(f, "{} -> {to}", self.from),
            None => f.write_str(&self.from),
        }
    }
}

impl Policy {
    /// Refuses a baseline of more entries than the policy lets it have.
    ///
    /// # Errors
    /// What was found, and what to do.
    pub fn refuse_beyond_budget(&self, entries: usize) -> Result<(), String> {
        match self.max_accepted {
            Some(most) if entries > most => Err(format!(
                "the baseline accepts {entries} pairs, and max-accepted allows {most}; take out what no longer has to be accepted, or allow more"
            )),
            _ => Ok(()),
        }
    }

    /// The line that allows a text of the outlet `from` in the outlet `to`.
    pub fn allows(&self, from: Option<&str>, to: Option<&str>) -> Option<&Allowed> {
        self.allow.iter().find(|allowed| allowed.covers(from, to))
    }
}
