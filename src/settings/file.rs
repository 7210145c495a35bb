//! The text of a `wirecopy.toml` in, settings out; an unknown key is refused with its line.
//!
//! Keys are the long flags without dashes, flat. The lists `include` and `exclude` are arrays. The library reads no file
//! of its own accord: whoever has the text passes it in, with a name for messages.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Settings;
use super::error::{ConfigError, ConfigProblem, SettingError};
use super::options::{OptionSpec, ValueKind};

/// The table that holds the policy of `check`, which is no setting: whoever checks reads it.
const CHECK_TABLE: &str = "check";

/// The settings that a file makes, each checked.
#[derive(Debug, Clone, Default)]
pub struct ConfigFile {
    values: Vec<(&'static OptionSpec, String)>,
}

impl ConfigFile {
    /// Reads the text of a file that messages call `file`.
    ///
    /// # Errors
    /// The first line that is not TOML, names no option, or gives one a value outside its range.
    pub fn parse(text: &str, file: &str) -> Result<ConfigFile, ConfigError> {
        let fails = |at: usize, problem| ConfigError { file: file.to_owned(), line: line_of(text, at), problem };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            fails(at, ConfigProblem::Syntax { message: error.message().to_owned() })
        })?;
        let mut keys: Vec<(&Spanned<_>, &Spanned<DeValue<'_>>)> = table.get_ref().iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        let mut config = ConfigFile::default();
        for (key, value) in keys {
            let setting = |at: usize| move |error: SettingError| fails(at, ConfigProblem::Setting(error));
            if let DeValue::Table(_) = value.get_ref() {
                if key.get_ref() == CHECK_TABLE {
                    continue;
                }
                return Err(fails(key.span().start, ConfigProblem::Table { name: key.get_ref().to_string() }));
            }
            let option = OptionSpec::named(key.get_ref()).map_err(setting(key.span().start))?;
            let shape = |found, expected| {
                fails(value.span().start, ConfigProblem::Shape { name: option.name, found, expected })
            };
            for (at, text) in texts(option, value).map_err(|(found, expected)| shape(found, expected))? {
                option.set(&mut Settings::default(), &text).map_err(setting(at))?;
                config.values.push((option, text));
            }
        }
        Ok(config)
    }

    /// Makes these settings, those of options that are `overridden` left out.
    ///
    /// # Errors
    /// None after [`ConfigFile::parse`], which tried each value.
    pub fn apply(&self, settings: &mut Settings, overridden: impl Fn(&OptionSpec) -> bool) -> Result<(), SettingError> {
        let wanted = self.values.iter().filter(|(option, _)| !overridden(option));
        wanted.into_iter().try_for_each(|(option, value)| option.set(settings, value))
    }
}

/// The values of one key with where each stands; else what was found and what was expected.
fn texts(
    option: &OptionSpec,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<(usize, String)>, (&'static str, &'static str)> {
    let one = |value: &Spanned<DeValue<'_>>, expected| match value.get_ref() {
        DeValue::String(text) => Ok((value.span().start, text.to_string())),
        DeValue::Integer(number) => Ok((value.span().start, number.to_string())),
        DeValue::Float(number) => Ok((value.span().start, number.to_string())),
        DeValue::Boolean(truth) => Ok((value.span().start, truth.to_string())),
        DeValue::Datetime(_) => Err(("a date", expected)),
        DeValue::Array(_) => Err(("a list", expected)),
        DeValue::Table(_) => Err(("a table", expected)),
    };
    match (&option.value, value.get_ref()) {
        (ValueKind::List { .. }, DeValue::Array(values)) => {
            let text = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
                DeValue::String(_) => one(value, "a list of texts"),
                _ => Err(("a value without quotes", "a list of texts")),
            };
            values.iter().map(text).collect()
        }
        (ValueKind::List { .. }, _) => Err(("one value", "a list, such as [\"*.jsonl\"]")),
        _ => Ok(vec![one(value, "one value")?]),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::super::{Measure, Settings};
    use super::*;

    fn error(text: &str) -> String {
        ConfigFile::parse(text, "wirecopy.toml").unwrap_err().to_string()
    }

    #[test]
    fn a_file_sets_what_flags_would_and_flags_win() {
        let text = "# news\nmeasure = \"jaccard\"\nthreshold = 0.5\ninclude = [\"*.txt\", \"*.md\"]\nstrict = true\nmax-article-bytes = \"1MiB\"\n";
        let config = ConfigFile::parse(text, "wirecopy.toml").unwrap();
        let mut settings = Settings::default();
        config.apply(&mut settings, |option| option.name == "threshold").unwrap();
        assert_eq!((settings.measure, settings.threshold()), (Measure::Jaccard, 0.4));
        assert_eq!(settings.read.include, ["*.txt", "*.md"]);
        assert_eq!((settings.read.strict, settings.read.max_article_bytes), (true, 1 << 20));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(
            error("measure = \"jaccard\"\ntreshold = 0.5"),
            "wirecopy.toml:2: there is no option `treshold`; did you mean `threshold`?"
        );
        assert_eq!(
            error("\n\nthreshold = nan"),
            "wirecopy.toml:3: threshold: found `nan`, expected a number above 0 and at most 1"
        );
        assert_eq!(
            error("include = \"*.txt\""),
            "wirecopy.toml:1: include: found one value, expected a list, such as [\"*.jsonl\"]"
        );
        assert_eq!(
            error("[report]\ntop = 1"),
            "wirecopy.toml:1: `report` opens a table, expected settings such as `threshold = 0.5` alone on their lines"
        );
        assert_eq!(error("threshold = [1]"), "wirecopy.toml:1: threshold: found a list, expected one value");
        assert!(error("a = 1\nthreshold").starts_with("wirecopy.toml:2: not TOML: "));
    }
}
