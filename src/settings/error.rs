//! What can be wrong with a setting: where, what was found, what was expected, and the nearest name there is.

use std::fmt;

/// Why a setting was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingError {
    /// There is no option of this name.
    UnknownName {
        /// The name as given, without dashes.
        name: String,
        /// The option with the most similar name, where one is similar.
        nearest: Option<&'static str>,
    },
    /// The value is not one that the option takes.
    BadValue {
        /// The option's name, without dashes.
        name: &'static str,
        /// The value as given.
        found: String,
        /// What the option takes: its range, or its words.
        expected: String,
        /// The most similar of its words, where one is similar.
        nearest: Option<&'static str>,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = match self {
            SettingError::UnknownName { name, nearest } => {
                write!(f, "there is no option `{name}`")?;
                nearest
            }
            SettingError::BadValue { name, found, expected, nearest } => {
                write!(f, "{name}: found `{found}`, expected {expected}")?;
                nearest
            }
        };
        match nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SettingError {}

/// Why a `wirecopy.toml` was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file as the caller names it.
    pub file: String,
    /// The line; the first is 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: ConfigProblem,
}

/// What is wrong with one line of a `wirecopy.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigProblem {
    /// Not TOML.
    Syntax {
        /// What the parser said.
        message: String,
    },
    /// A list where one value belongs, or the reverse; a table; a date.
    Shape {
        /// The option's name.
        name: &'static str,
        /// What was found: `a list`.
        found: &'static str,
        /// What the option takes: `one value`.
        expected: &'static str,
    },
    /// A table, such as `[report]`: settings stand in none.
    Table {
        /// Its name.
        name: String,
    },
    /// A value or name that no option takes.
    Setting(SettingError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        match &self.problem {
            ConfigProblem::Syntax { message } => write!(f, "not TOML: {message}"),
            ConfigProblem::Shape { name, found, expected } => write!(f, "{name}: found {found}, expected {expected}"),
            ConfigProblem::Table { name } => {
                write!(f, "`{name}` opens a table, expected settings such as `threshold = 0.5` alone on their lines")
            }
            ConfigProblem::Setting(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The most similar of `names`, if it is similar enough to be what was meant: at most a third of the letters differ, capitals
/// aside.
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, name), name))
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name_and_another_word_finds_none() {
        let names = ["threshold", "text-field", "title-field", "level"];
        assert_eq!(nearest("treshold", names), Some("threshold"));
        assert_eq!(nearest("text_field", names), Some("text-field"));
        assert_eq!(nearest("levle", names), Some("level"));
        assert_eq!(nearest("THRESHOLD", names), Some("threshold"));
        assert_eq!(nearest("banana", names), None);
    }
}
