//! What the documentation shows is what the program does: shell blocks are run, links lead somewhere, front pages stay short.
//!
//! A page's ```` ```sh ```` blocks run in order, in one scratch folder that holds `seeds/` and `tests/data/`. A ```` ```text ````
//! block right behind one is what it must print (standard error included); a line `...` in it stands for any lines. Two
//! comments above a block change that: `<!-- exits with 1 -->`, and `<!-- not run: why -->`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what helpers of tests unwrap is what the tests ask for")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The pages whose shell blocks are run here. Those of `docs/check.md` are run by `tests/check_gates.rs`.
fn pages_with_commands() -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md"), PathBuf::from("README.vi.md")];
    for folder in ["docs/tutorials", "docs/reference", "docs/explanation"] {
        pages.extend(markdown_in(folder));
    }
    pages.sort();
    pages
}

fn markdown_in(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    let paths = entries.map(|entry| Path::new(folder).join(entry.unwrap().file_name()));
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect()
}

fn read(page: &Path) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(page)).unwrap()
}

/// One block of a page: what stands above it, its language, its lines.
struct Block {
    line: usize,
    above: String,
    language: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    let mut above = String::new();
    for (index, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                let above = std::mem::take(&mut above);
                open = Some(Block { line: index + 1, above, language: language.to_owned(), text: String::new() });
            }
            (None, None) if line.is_empty() => {}
            (None, None) => above = line.to_owned(),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text += line;
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Whether `printed` is `shown`, where each line `...` stands for any lines.
fn matches(printed: &str, shown: &str) -> bool {
    let shown = format!("\n{shown}");
    let mut parts = shown.split("\n...").map(|part| part.trim_start_matches('\n'));
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

fn path_with_the_program() -> OsString {
    let folder = Path::new(env!("CARGO_BIN_EXE_wirecopy")).parent().unwrap().to_owned();
    let before = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&before))).unwrap()
}

#[test]
fn every_shell_block_runs_and_prints_what_stands_below_it() {
    let mut count = 0;
    for page in pages_with_commands() {
        let scratch = tempfile::tempdir().unwrap();
        for folder in ["seeds", "tests/data"] {
            copy_folder(&Path::new(ROOT).join(folder), &scratch.path().join(folder));
        }
        let text = read(&page);
        let blocks = blocks(&text);
        for (index, block) in blocks.iter().enumerate() {
            if block.language != "sh" || block.above.starts_with("<!-- not run: ") {
                continue;
            }
            let place = format!("{}:{}", page.display(), block.line);
            let mut command = Command::new("sh");
            command.args(["-ec", &format!("exec 2>&1\n{}", block.text)]).current_dir(scratch.path());
            command.env("PATH", path_with_the_program());
            for variable in ["COLUMNS", "CLICOLOR_FORCE", "SOURCE_DATE_EPOCH"] {
                command.env_remove(variable);
            }
            let output = command.output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let expected = i32::from(block.above == "<!-- exits with 1 -->");
            assert_eq!(output.status.code(), Some(expected), "{place}\n{printed}");
            let shown =
                blocks.get(index + 1).filter(|next| next.language == "text" && is_right_behind(&text, block, next));
            if let Some(shown) = shown {
                assert!(
                    matches(&printed, &shown.text),
                    "{place}: it prints\n{printed}\nand the page shows\n{}",
                    shown.text
                );
            }
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}

/// Whether nothing but an empty line stands between two blocks.
fn is_right_behind(page: &str, block: &Block, next: &Block) -> bool {
    let end = block.line + block.text.lines().count() + 1;
    page.lines().take(next.line - 1).skip(end).all(str::is_empty)
}

#[test]
fn three_dots_stand_for_any_lines_and_nothing_else_does() {
    assert!(matches("a\nb\nc\n", "a\nb\nc\n"));
    assert!(matches("a\nb\nc\n", "...\nb\n...\n"));
    assert!(matches("a\nb\nc\n", "a\n...\nc\n"));
    assert!(!matches("a\nb\nc\n", "a\nb\n"));
    assert!(!matches("a\nb\nc\n", "b\n...\n"));
    assert!(!matches("a\nb\nc\n", "a\n...\nb\n"));
}

/// Every page that a reader is sent to, the book and what lies beside it.
fn all_pages() -> Vec<PathBuf> {
    let mut pages = markdown_in(".");
    for folder in [
        "docs",
        "docs/tutorials",
        "docs/reference",
        "docs/explanation",
        "docs/notes",
        "docs/rules",
        "benches",
        "python",
        "tests/data",
    ] {
        pages.extend(markdown_in(folder));
    }
    pages
}

/// The anchor of a heading, as GitHub and mdbook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut count = 0;
    for page in all_pages() {
        let text = read(&page);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            if target.contains("://") || target.starts_with("mailto:") || target == "..." {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let folder = Path::new(ROOT).join(&page).parent().unwrap().to_owned();
            let path = if file.is_empty() { Path::new(ROOT).join(&page) } else { folder.join(file) };
            assert!(path.exists(), "{}: nothing is at {target}", page.display());
            if !heading.is_empty() {
                let linked = std::fs::read_to_string(&path).unwrap();
                let has = linked.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
                assert!(has, "{}: no heading for {target}", page.display());
            }
            count += 1;
        }
    }
    assert!(count >= 50, "{count}");
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = read(Path::new("docs/SUMMARY.md"));
    for folder in ["docs", "docs/tutorials", "docs/reference", "docs/explanation", "docs/notes", "docs/rules"] {
        for page in markdown_in(folder) {
            let link = page.strip_prefix("docs").unwrap().to_str().unwrap().to_owned();
            assert!(link == "SUMMARY.md" || summary.contains(&format!("]({link})")), "docs/SUMMARY.md lacks {link}");
        }
    }
}

#[test]
fn the_front_pages_stay_short() {
    for (page, most) in [("README.md", 1500), ("README.vi.md", 1500), ("ARCHITECTURE.md", 3500)] {
        let words = read(Path::new(page)).split_whitespace().count();
        assert!(words <= most, "{page} has {words} words, at most {most}");
    }
}
