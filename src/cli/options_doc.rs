//! `wirecopy options-doc` (hidden): the settings table as Markdown, which is `docs/options.md`.

use std::fmt::Write;

use clap::{ArgMatches, Command};
use wirecopy::settings::{OPTIONS, OptionSpec, ValueKind};

use super::output::Output;
use super::{Failure, Subcommand};
use crate::Exit;

pub(super) const SUBCOMMAND: Subcommand = Subcommand { command, run };

const HEAD: &str = "\
<!-- Made from src/settings/options.rs: cargo run -- options-doc > docs/options.md -->

# Options

Every option below is a flag of the commands that read articles (`--threshold 0.7`) and a key of `wirecopy.toml`
(`threshold = 0.7`). The file is read from the current folder, or from where `--config` says; a flag wins over it, and a key
that no option has is refused. `include` and `exclude` may be given several times; in the file they are arrays.

```toml
# wirecopy.toml
measure = \"coverage\"
exclude = [\"drafts/**\", \"*.bak.txt\"]
max-article-bytes = \"64MiB\"
```

Options marked † shape the answer about given articles, and so the fingerprint of the settings in the JSON report. The others
say what is read.
";

fn command() -> Command {
    Command::new("options-doc")
        .about("Print docs/options.md")
        .after_help("Example: wirecopy options-doc > docs/options.md")
        .hide(true)
}

fn run(_: &ArgMatches) -> Result<Exit, Failure> {
    let document = document();
    Output::open(None, false)?.write(|out| out.write_all(document.as_bytes()))?;
    Ok(Exit::Clean)
}

fn document() -> String {
    let mut document = HEAD.to_owned();
    for group in OPTIONS.chunk_by(|a, b| a.group == b.group) {
        document += &format!("\n## {}\n", group[0].group.heading());
        for option in group {
            document += &section(option);
        }
    }
    document
}

fn section(option: &OptionSpec) -> String {
    let value = match option.value {
        ValueKind::Flag => String::new(),
        ValueKind::Zone => " ZONE".to_owned(),
        ValueKind::DateFormat => " FORMAT".to_owned(),
        ValueKind::Choice(_) => " WORD".to_owned(),
        ValueKind::Number { name, .. } | ValueKind::Text { name } | ValueKind::List { name } => format!(" {name}"),
    };
    let mark = if option.shapes_answer { " †" } else { "" };
    let mut section = format!("\n### `--{}{value}`{mark}\n\n{}.", option.name, option.help);
    if !option.why.is_empty() {
        // Writing to a String can't fail.
        let _ = write!(section, " {}", option.why);
    }
    section += "\n\n";
    if let ValueKind::Choice(words) = option.value {
        for (word, meaning) in words() {
            let _ = writeln!(section, "- `{word}`: {meaning}");
        }
        section += "\n";
    }
    let _ = match option.value {
        ValueKind::Number { range, .. } => writeln!(section, "Default: {}. Range: {range}.", option.default),
        _ => writeln!(section, "Default: {}.", option.default),
    };
    section
}
