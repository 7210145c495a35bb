//! The `use` lines are the picture of the pipeline: a module imports only modules that `src/lib.rs` declares above it.
//!
//! A reader who knows the order in lib.rs then knows what a stage can depend on, and no stage can come to depend on a
//! later one by accident. The same walk over the sources checks what else the design promises of every file: a header,
//! and a library that never prints, never exits and reads no environment variable.
//!
//! Sources are read as tokens, not as lines, so that comments, strings and doc examples do not count, and grouped
//! imports do. This is no Rust parser: it knows paths, `use` groups and inline modules, which is all the rules need.
//! Code that a macro of another crate generates escapes it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

// ---------------------------------------------------------------------------------------------------------------------
// The rules, on the sources of this package
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn a_module_imports_only_modules_above_it() {
    let order = module_order(&read(&source_root().join("lib.rs")));
    assert!(!order.is_empty(), "found no `mod x;` in src/lib.rs");
    report(each_source().flat_map(|(path, source)| import_violations(&order, &path, &source)));
}

#[test]
fn every_source_file_says_what_it_is_for() {
    report(each_source().flat_map(|(path, source)| header_violations(&path, &source)));
}

#[test]
fn the_library_never_prints_never_exits_and_reads_no_environment() {
    report(each_source().flat_map(|(path, source)| effect_violations(&path, &source)));
}

fn report(violations: impl Iterator<Item = Violation>) {
    let lines: Vec<String> = violations.map(|violation| violation.to_string()).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

// ---------------------------------------------------------------------------------------------------------------------
// The checker: (module order, path below src/, source) to violations
// ---------------------------------------------------------------------------------------------------------------------

/// One broken rule, where and why.
#[derive(Debug, PartialEq)]
struct Violation {
    /// Below src/, with forward slashes on every system.
    path: String,
    line: usize,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The modules that lib.rs declares in files of their own, in its order: `pub mod x;` and `mod x;`.
fn module_order(lib: &str) -> Vec<String> {
    let tokens = tokens(lib);
    let mut depth = 0_usize;
    let mut order = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "mod" if depth == 0 && text_at(&tokens, i + 2) == ";" => order.push(text_at(&tokens, i + 1).to_owned()),
            _ => {}
        }
    }
    order
}

/// References from a module to itself or to a module declared above it are fine; every other way of reaching into the
/// crate is a violation. lib.rs declares the modules, and the binary may use the whole library: both are exempt.
fn import_violations(order: &[String], path: &str, source: &str) -> Vec<Violation> {
    let module = module_path(path);
    let Some(own) = module.first() else { return Vec::new() };
    if is_binary(path) {
        return Vec::new();
    }
    let violation = |line: usize, what: String| Violation { path: path.to_owned(), line, what };
    let position_of = |name: &str| order.iter().position(|declared| declared == name);
    let Some(own_position) = position_of(own) else {
        return vec![violation(1, format!("module `{own}` is not declared in src/lib.rs"))];
    };

    let mut violations = Vec::new();
    for reference in paths(source) {
        let Some(resolved) = resolve(&module, &reference) else {
            continue;
        };
        let what = match resolved.first().map(String::as_str) {
            None | Some("*" | "self") => "names the whole crate root; name the module instead".to_owned(),
            Some(name) => match position_of(name) {
                Some(position) if position <= own_position => continue,
                Some(position) => format!(
                    "`{own}` (number {} in src/lib.rs) imports `{name}` (number {}), which stands below it",
                    own_position + 1,
                    position + 1
                ),
                None => format!(
                    "`{own}` (number {} in src/lib.rs) imports `crate::{name}`, which is no module of src/lib.rs; name it \
                     in the module that owns it",
                    own_position + 1
                ),
            },
        };
        violations.push(violation(reference.line, what));
    }
    violations
}

/// The first line must be the crate's or module's own `//!` doc.
fn header_violations(path: &str, source: &str) -> Vec<Violation> {
    let says_something =
        source.lines().next().is_some_and(|line| line.strip_prefix("//!").is_some_and(|said| !said.trim().is_empty()));
    if says_something {
        return Vec::new();
    }
    let what = "the first line is no `//!` header that says what comes in, what goes out and why".to_owned();
    vec![Violation { path: path.to_owned(), line: 1, what }]
}

/// Printing, exiting and environment variables belong to the binary.
fn effect_violations(path: &str, source: &str) -> Vec<Violation> {
    if is_binary(path) {
        return Vec::new();
    }
    let mut violations = Vec::new();
    let mut forbid = |line: usize, what: &str| {
        violations.push(Violation {
            path: path.to_owned(),
            line,
            what: format!("`{what}` in the library; leave it to the binary"),
        });
    };
    let tokens = tokens(source);
    for (i, token) in tokens.iter().enumerate() {
        if ["print", "println", "eprint", "eprintln", "dbg"].contains(&token.text.as_str())
            && text_at(&tokens, i + 1) == "!"
        {
            forbid(token.line, &format!("{}!", token.text));
        }
    }
    for reference in paths(source) {
        for pair in reference.segments.windows(2) {
            match (pair[0].as_str(), pair[1].as_str()) {
                ("process", "exit" | "abort")
                | ("env", "var" | "var_os" | "vars" | "vars_os" | "set_var" | "remove_var") => {
                    forbid(reference.line, &format!("{}::{}", pair[0], pair[1]));
                }
                _ => {}
            }
        }
    }
    violations
}

fn is_binary(path: &str) -> bool {
    path == "main.rs" || path.starts_with("cli/")
}

/// `read/walk.rs` is `[read, walk]`, `read/mod.rs` and `read.rs` are `[read]`, `lib.rs` is the root, `[]`.
fn module_path(path: &str) -> Vec<String> {
    let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod") || path == "lib.rs" {
        module.pop();
    }
    module
}

/// Where a path leads, seen from the crate root, if it leaves the module that it stands in: `crate::x::y` is `[x, y]`;
/// so is `super::x::y` in a top module. None for paths into other crates, the prelude or the own scope.
fn resolve(module: &[String], reference: &Reference) -> Option<Vec<String>> {
    let mut segments = reference.segments.iter().map(String::as_str).peekable();
    let mut at: Vec<String>;
    match segments.peek() {
        Some(&"crate") => {
            // A lone `crate` is `pub(crate)`, unless it is renamed.
            if reference.segments.len() == 1 && !reference.renamed {
                return None;
            }
            segments.next();
            at = Vec::new();
        }
        Some(&("self" | "super")) => at = module.iter().cloned().chain(reference.inline.iter().cloned()).collect(),
        _ => return None,
    }
    // `pub(super)`, a method's `self`, and the like.
    if reference.segments.len() == 1 && reference.segments[0] != "crate" {
        return None;
    }
    while let Some(step) = segments.next_if(|segment| matches!(*segment, "self" | "super")) {
        if step == "super" {
            at.pop();
        }
    }
    at.extend(segments.map(str::to_owned));
    Some(at)
}

// ---------------------------------------------------------------------------------------------------------------------
// Reading Rust: text to tokens, tokens to paths
// ---------------------------------------------------------------------------------------------------------------------

/// A path as written, groups spelled out: `use a::{b, c::d};` is `a::b` and `a::c::d`.
#[derive(Debug)]
struct Reference {
    segments: Vec<String>,
    line: usize,
    /// The inline modules (`mod tests { ... }`) that it stands in, outermost first.
    inline: Vec<String>,
    /// `as` follows it.
    renamed: bool,
}

#[derive(Debug)]
struct Token {
    /// An identifier or number, `::`, or one character of punctuation.
    text: String,
    line: usize,
}

fn text_at(tokens: &[Token], i: usize) -> &str {
    tokens.get(i).map_or("", |token| token.text.as_str())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Every path in the source, comments and strings aside.
fn paths(source: &str) -> Vec<Reference> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    // The inline modules that are open here, each with the brace depth outside it.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0_usize;
    let mut i = 0;
    while i < tokens.len() {
        match text_at(&tokens, i) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                inline.pop_if(|(_, outside)| *outside == depth);
            }
            "mod" if text_at(&tokens, i + 2) == "{" => {
                inline.push((text_at(&tokens, i + 1).to_owned(), depth));
                depth += 1;
                i += 3;
                continue;
            }
            text if is_name(text) => {
                let first_new = found.len();
                i = read_path(&tokens, i, &[], &mut found);
                for reference in &mut found[first_new..] {
                    reference.inline = inline.iter().map(|(name, _)| name.clone()).collect();
                }
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Reads the path that begins at token `i`, behind `prefix`, and returns the index of the first token after it.
fn read_path(tokens: &[Token], mut i: usize, prefix: &[String], found: &mut Vec<Reference>) -> usize {
    let line = tokens[i].line;
    let mut segments = prefix.to_vec();
    loop {
        match text_at(tokens, i) {
            "{" => return read_group(tokens, i + 1, &segments, found),
            text if text == "*" || is_name(text) => segments.push(text.to_owned()),
            // A turbofish: what stands in it is read as paths of its own.
            _ => break,
        }
        i += 1;
        if text_at(tokens, i) != "::" {
            break;
        }
        i += 1;
    }
    found.push(Reference { segments, line, inline: Vec::new(), renamed: text_at(tokens, i) == "as" });
    i
}

/// Reads the members of a `use` group, whose brace stands before token `i`.
fn read_group(tokens: &[Token], mut i: usize, prefix: &[String], found: &mut Vec<Reference>) -> usize {
    while i < tokens.len() {
        match text_at(tokens, i) {
            "}" => return i + 1,
            "as" => i += 2,
            text if text == "*" || is_name(text) => i = read_path(tokens, i, prefix, found),
            _ => i += 1,
        }
    }
    i
}

/// Identifiers and punctuation with their lines; comments, strings, characters and lifetimes are left out.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut i = 0;
    while i < chars.len() {
        let start = i;
        match chars[i] {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => i = after_block_comment(&chars, i),
            '"' => i = after_string(&chars, i),
            '\'' => i = after_quote(&chars, i),
            'r' | 'b' | 'c' if literal_begins(&chars, i).is_some() => {
                i = literal_begins(&chars, i).map_or(i + 1, |literal| match literal {
                    Literal::Raw { quote, hashes } => after_raw_string(&chars, quote, hashes),
                    Literal::Escaped { quote } if chars[quote] == '"' => after_string(&chars, quote),
                    Literal::Escaped { quote } => after_quote(&chars, quote),
                });
            }
            c if c.is_alphanumeric() || c == '_' => {
                // r#type is the identifier `type`.
                if c == 'r' && at(i + 1) == '#' && (at(i + 2).is_alphabetic() || at(i + 2) == '_') {
                    i += 2;
                }
                let name_start = i;
                while i < chars.len() && (chars[i].is_alphanumeric() || chars[i] == '_') {
                    i += 1;
                }
                tokens.push(Token { text: chars[name_start..i].iter().collect(), line });
            }
            ':' if at(i + 1) == ':' => {
                tokens.push(Token { text: "::".to_owned(), line });
                i += 2;
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push(Token { text: c.to_string(), line });
                }
                i += 1;
            }
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    tokens
}

enum Literal {
    /// `r"..."`, `br#"..."#`, `cr"..."`: no escapes.
    Raw { quote: usize, hashes: usize },
    /// `b"..."`, `c"..."`, `b'x'`.
    Escaped { quote: usize },
}

/// Whether a prefixed literal begins here, rather than an identifier that starts with the same letter.
fn literal_begins(chars: &[char], start: usize) -> Option<Literal> {
    let mut i = start;
    let mut raw = false;
    // At most two letters: br, cr.
    while i < start + 2 && chars.get(i).is_some_and(|c| matches!(c, 'r' | 'b' | 'c')) {
        raw |= chars[i] == 'r';
        i += 1;
    }
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    match chars.get(i + hashes) {
        Some('"') if raw => Some(Literal::Raw { quote: i + hashes, hashes }),
        Some('"') if hashes == 0 => Some(Literal::Escaped { quote: i }),
        Some('\'') if hashes == 0 && !raw && chars[start] == 'b' => Some(Literal::Escaped { quote: i }),
        _ => None,
    }
}

fn after_block_comment(chars: &[char], mut i: usize) -> usize {
    let mut nested = 0_usize;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => {
                nested += 1;
                i += 2;
            }
            ('*', Some('/')) => {
                nested -= 1;
                i += 2;
                if nested == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    i
}

fn after_string(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn after_raw_string(chars: &[char], quote: usize, hashes: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() {
        let closes = chars[i] == '"' && chars[i + 1..].iter().take_while(|c| **c == '#').count() >= hashes;
        i += 1;
        if closes {
            return i + hashes;
        }
    }
    i
}

/// Behind a character literal, or behind the quote and name of a lifetime.
fn after_quote(chars: &[char], quote: usize) -> usize {
    if chars.get(quote + 1) == Some(&'\\') {
        // '\'' and '\\' end at the quote after the escaped character; '\u{1F600}' further on.
        let escape_end = quote + 3;
        let closing = chars[escape_end.min(chars.len())..].iter().position(|c| *c == '\'');
        return closing.map_or(chars.len(), |distance| escape_end + distance + 1);
    }
    if chars.get(quote + 2) == Some(&'\'') {
        return quote + 3;
    }
    let name = chars[quote + 1..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
    quote + 1 + name
}

// ---------------------------------------------------------------------------------------------------------------------
// The sources of this package
// ---------------------------------------------------------------------------------------------------------------------

/// Asked for at run time: two clones that share a target directory share this test's binary too, and the folder that it was
/// compiled in may be the other one.
fn source_root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).join("src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every .rs file below src/, in a fixed order, as (path below src/, source).
fn each_source() -> impl Iterator<Item = (String, String)> {
    let root = source_root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a readable folder entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 2, "found only {} source files below {}", files.len(), root.display());
    files.into_iter().map(move |file| {
        let below = file.strip_prefix(&root).expect("found below the root");
        let names: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        (names.join("/"), read(&file))
    })
}

// ---------------------------------------------------------------------------------------------------------------------
// The checker checked: rules that nothing breaks would pass just as well if they looked at nothing
// ---------------------------------------------------------------------------------------------------------------------

fn order() -> Vec<String> {
    module_order(
        "//! Doc.\n/// mod no;\npub mod article;\nmod read;\npub(crate) mod verify;\nmod inner { mod not_this; }\n",
    )
}

/// The violations of one made-up file, as `line what`.
fn imports(path: &str, source: &str) -> Vec<String> {
    import_violations(&order(), path, source).into_iter().map(|v| format!("{} {}", v.line, v.what)).collect()
}

#[test]
fn the_order_is_that_of_the_declarations_in_lib_rs() {
    assert_eq!(order(), ["article", "read", "verify"]);
}

#[test]
fn an_import_of_a_module_below_is_found_and_says_where() {
    let violations = import_violations(&order(), "read/walk.rs", "//! Doc.\n\nuse crate::verify::Edge;\n");
    let lines: Vec<String> = violations.iter().map(Violation::to_string).collect();
    assert_eq!(
        lines,
        ["src/read/walk.rs:3: `read` (number 2 in src/lib.rs) imports `verify` (number 3), which stands below it"]
    );
}

#[test]
fn imports_from_above_and_within_a_module_are_fine() {
    let source = "use crate::article::Article;\nuse crate::read::walk;\nuse super::walk;\nuse std::fmt;\nuse self::own::Thing;\n";
    assert_eq!(imports("read/text.rs", source), [""; 0]);
    assert_eq!(
        imports("read/mod.rs", "use crate::article::Article;\npub(crate) mod text;\npub(super) struct A;\n"),
        [""; 0]
    );
    assert_eq!(imports("article.rs", "#[cfg(test)]\nmod tests {\n    use super::*;\n}\n"), [""; 0]);
}

#[test]
fn every_way_of_writing_an_import_of_a_module_below_is_found() {
    for source in [
        "use crate::verify;",
        "pub use crate::verify::*;",
        "use crate::{article::Article, verify::{self, Edge}};",
        "use crate::{\n    article,\n    verify as check,\n};",
        "fn f() -> crate::verify::Edge { todo() }",
        "fn f() { let x = Vec::<crate::verify::Edge>::new(); }",
        "use super::super::verify::Edge;",
        "use super::{super::verify::Edge};",
        "mod tests { use super::super::super::verify::Edge; }",
        "#[cfg(test)]\nmod tests {\n    use crate::verify::Edge;\n}",
        "macro_rules! edge { () => { $crate::verify::Edge } }",
        "mod a { mod b {} }\nuse super::super::verify;",
        "use crate::r#verify;",
    ] {
        let found = imports("read/walk.rs", source);
        assert!(!found.is_empty() && found.iter().all(|what| what.contains("imports `verify`")), "{source}\n{found:?}");
    }
    assert_eq!(imports("read.rs", "use super::verify;").len(), 1, "super of a top module is the crate root");
}

#[test]
fn an_import_that_hides_its_module_is_a_violation() {
    for source in ["use crate::*;", "use crate as root;", "use super::super::*;", "use crate::{self as root};"] {
        let found = imports("read/walk.rs", source);
        assert!(found.len() == 1 && found[0].contains("whole crate root"), "{source}\n{found:?}");
    }
    let found = imports("read.rs", "use crate::Article;");
    assert!(found.len() == 1 && found[0].contains("no module of src/lib.rs"), "{found:?}");
    let found = imports("stray.rs", "//! Doc.");
    assert!(found.len() == 1 && found[0].contains("not declared"), "{found:?}");
}

#[test]
fn comments_strings_and_characters_do_not_count() {
    let source = r####"//! use crate::verify;
/// ```
/// use crate::verify;
/// ```
// use crate::verify;
/* use crate::verify; /* use crate::verify; */ use crate::verify; */
const A: &str = "use crate::verify; \" use crate::verify;";
const B: &str = r#"use crate::verify; " use crate::verify;"#;
const C: &[u8] = b"use crate::verify;";
const D: (char, char, char, u8) = ('"', '\'', '\u{22}', b'"');
fn f<'a>(bar: &'a str, rb: &'a str) -> &'a str { bar }
"####;
    assert_eq!(imports("read.rs", source), [""; 0]);
    // What follows all that is still seen, on its own line.
    let found = imports("read.rs", &format!("{source}use crate::verify;\n"));
    assert!(found.len() == 1 && found[0].starts_with("12 "), "{found:?}");
}

#[test]
fn the_library_root_and_the_binary_may_import_everything() {
    for path in ["lib.rs", "main.rs", "cli/report.rs", "cli/mod.rs"] {
        assert_eq!(imports(path, "use crate::verify::Edge;\nuse wirecopy::verify;"), [""; 0]);
    }
}

#[test]
fn a_file_without_a_header_is_found() {
    assert_eq!(header_violations("read.rs", "//! Paths in, articles out.\n"), []);
    for source in ["", "\n//! Late.\n", "//!\nuse std::fmt;", "// Paths in.\n", "/// Paths in.\n"] {
        assert_eq!(header_violations("main.rs", source).len(), 1, "{source}");
    }
}

#[test]
fn printing_exiting_and_the_environment_are_found_in_the_library_alone() {
    for source in [
        "fn f() { println!(\"{}\", 1) }",
        "fn f() { std::eprintln!() }",
        "fn f() { std::process::exit(1) }",
        "use std::process::{self, exit};",
        "use std::{fmt, env::{var, args}};",
        "fn f() { env::var_os(\"HOME\"); }",
        "#[cfg(test)]\nmod tests { fn f() { print!(\"\") } }",
    ] {
        assert_eq!(effect_violations("verify.rs", source).len(), 1, "{source}");
        assert_eq!(effect_violations("cli/report.rs", source), [], "{source}");
        assert_eq!(effect_violations("main.rs", source), [], "{source}");
    }
    for source in
        ["// println!()", "fn f() { writeln!(out, \"println!\") }", "const V: &str = env!(\"X\");", "fn exit() {}"]
    {
        assert_eq!(effect_violations("verify.rs", source), [], "{source}");
    }
}
