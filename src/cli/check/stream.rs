//! Standard input without end: a line in, its verdict as a line of JSON out, at once.
//!
//! What is held is one line, up to the largest article that the settings allow. The index is locked only while an article is added;
//! where another added something since the last line, what passed is judged again under the lock.

use std::io::{BufRead, Cursor, Write};
use std::path::Path;

use clap::ArgMatches;
use wirecopy::check::{Checked, Finding, Known, Outcome, Question, Rule, check};
use wirecopy::index::{Added, Index, Writer};
use wirecopy::read::{Fault, Inputs, discover_with};
use wirecopy::report::write_json_line;
use wirecopy::settings::InputFormat;

use super::super::session::Session;
use super::super::{Failure, standard, talk};
use super::against::Against;
use super::question::{policy, question};
use crate::Exit;

/// The verdict of a line that was not read, or not wholly.
const COULD_NOT_CHECK: &str = "could_not_check";

/// Checks standard input line by line, each against what is known.
pub(super) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let (known, _) = Against::open(matches, None)?;
    let session = Session::over(known.settings(), matches)?;
    if session.paths.iter().any(|path| path.as_os_str() != "-") {
        return Err(Failure::Said("--stream reads standard input: give - for the path".to_owned()));
    }
    if session.settings.read.input_format.is_some_and(|format| format != InputFormat::Jsonl) {
        return Err(Failure::Said("--stream reads JSON lines, and no other format".to_owned()));
    }
    let Against::Index(index) = known else {
        return Err(Failure::Said("--stream: name the index to check against with --against".to_owned()));
    };
    index.accepts(&session.settings)?;
    let question = question(matches, policy(matches, None)?, None)?;
    let mut stream = Stream {
        session: &session,
        question: &question,
        index: Some(*index),
        adds: matches.get_flag("add"),
        worst: Exit::Clean,
        articles: 0,
    };
    let mut input = std::io::stdin().lock();
    let (mut line, mut number) = (Vec::new(), 0);
    let most = session.settings.read.max_article_bytes;
    while let Some(end) =
        read_line(&mut input, &mut line, most).map_err(|error| Failure::input(Path::new("stdin"), &error))?
    {
        number += 1;
        let said = match end {
            LineEnd::TooLong => stream.too_long(number, most),
            LineEnd::Found if line.iter().all(u8::is_ascii_whitespace) => continue,
            LineEnd::Found => stream.judge(number, &line)?,
        };
        let mut out = std::io::stdout().lock();
        let open = standard::output_is_open();
        let written = open.and_then(|()| write_json_line(&said, &mut out)).and_then(|()| out.flush());
        written.map_err(|error| match Failure::output("standard output", &error) {
            // The feed goes on, and nobody learns of what it brings: that is no clean end.
            Failure::ReaderGone => Failure::Said(format!("line {number}: nobody reads the verdicts any more")),
            failure => failure,
        })?;
    }
    // As for a check of files: a check of nothing must not pass.
    if stream.articles == 0 && stream.worst == Exit::Clean {
        return Err(Failure::Said("nothing was judged: the input holds no article with words".to_owned()));
    }
    Ok(stream.worst)
}

/// How a line ended.
#[derive(Debug, PartialEq, Eq)]
enum LineEnd {
    /// It is held whole.
    Found,
    /// It has more bytes than are held, and was read to its end for nothing.
    TooLong,
}

/// Reads the next line, of which at most so many bytes are held, its end aside; `None` at the end of the input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>, most: u64) -> std::io::Result<Option<LineEnd>> {
    line.clear();
    let most = usize::try_from(most).unwrap_or(usize::MAX).saturating_add("\r\n".len());
    let (mut any, mut too_long) = (false, false);
    loop {
        let bytes = match input.fill_buf() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        if bytes.is_empty() {
            break;
        }
        any = true;
        let end = memchr::memchr(b'\n', bytes);
        let taken = end.map_or(bytes.len(), |end| end + 1);
        too_long |= line.len() + taken > most;
        if too_long {
            line.clear();
        } else {
            line.extend_from_slice(&bytes[..taken]);
        }
        input.consume(taken);
        if end.is_some() {
            break;
        }
    }
    Ok(any.then_some(if too_long { LineEnd::TooLong } else { LineEnd::Found }))
}

/// A stream that is being judged.
struct Stream<'s> {
    session: &'s Session,
    question: &'s Question,
    /// There but while it is changed.
    index: Option<Index>,
    adds: bool,
    worst: Exit,
    /// How many articles were judged, or are known.
    articles: u64,
}

impl Stream<'_> {
    /// The verdict of a line.
    fn judge(&mut self, number: u64, line: &[u8]) -> Result<serde_json::Value, Failure> {
        let gone = || Failure::Said("the index was lost from sight; start the stream again".to_owned());
        let mut index = self.index.take().ok_or_else(gone)?;
        let (mut outcome, mut added) = (self.check(number, line, &index)?, Added::default());
        if self.adds && is_whole(&outcome.checked) && !outcome.passed.is_empty() {
            let (mut writer, changed) = Writer::resume(index, true)?;
            if changed {
                outcome = self.check(number, line, writer.index())?;
            }
            let wanted = |location| outcome.passed.contains(&location);
            let read = &self.session.settings.read;
            added = self.session.work(|_| writer.add_only(&outcome.inputs, read, &|_| (), &wanted))?.0;
            talk::merge_failed(added.merge_failed.as_deref());
            index = writer.into_index();
        }
        self.index = Some(index);
        let Outcome { checked, inputs, .. } = &outcome;
        let id = inputs.scan(&self.session.settings.read, &|_| (), |article| article.id.clone().into_owned())?;
        let id = id.articles.into_iter().next().map(|(_, id)| id);
        self.articles += checked.articles + checked.known;
        let (verdict, exit) = match (is_whole(checked), checked.fails()) {
            (false, _) => (COULD_NOT_CHECK, Exit::CouldNotCheck),
            (true, true) => ("fails", Exit::Findings),
            (true, false) => ("passes", Exit::Clean),
        };
        self.worst = worse(self.worst, exit);
        Ok(said(number, id, verdict, (checked.known > 0, &added), &checked.findings))
    }

    fn check(&self, number: u64, line: &[u8], index: &Index) -> Result<Outcome, Failure> {
        let inputs: Inputs = discover_with(&["-".into()], &self.session.settings.read, Cursor::new(line.to_vec()))?;
        let inputs = inputs.uncompressed().with_first_line(u32::try_from(number).unwrap_or(u32::MAX));
        let known = Known::Index(index);
        Ok(self.session.work(|progress| check(inputs, &known, &self.session.settings, self.question, progress))?.0)
    }

    /// A line that was not held: nobody knows what it says, so it is neither passed nor failed.
    fn too_long(&mut self, number: u64, most: u64) -> serde_json::Value {
        self.worst = worse(self.worst, Exit::CouldNotCheck);
        let reason = Fault::TooLarge { max_article_bytes: most }.to_string();
        let finding =
            serde_json::json!({"rule": Rule::Unreadable.code(), "verdict": "fails", "matches": [], "reason": reason});
        serde_json::json!({
            "line": number, "id": null, "verdict": COULD_NOT_CHECK, "known": false, "added": false, "revised": false,
            "findings": [finding],
        })
    }
}

/// Whether all of a line was read, and something was there: a verdict on a part of it is none.
fn is_whole(checked: &Checked) -> bool {
    let read = checked.articles + checked.known + checked.repeated + checked.empty + checked.unreadable;
    checked.errors.is_empty() && read > 0
}

/// What could not be checked outranks what was found.
fn worse(a: Exit, b: Exit) -> Exit {
    if a as u8 >= b as u8 { a } else { b }
}

fn said(
    number: u64,
    id: Option<String>,
    verdict: &str,
    (known, added): (bool, &Added),
    findings: &[Finding],
) -> serde_json::Value {
    let finding = |finding: &Finding| {
        serde_json::json!({
            "rule": finding.rule.code(), "verdict": finding.verdict, "matches": finding.matches, "reason": finding.reason,
        })
    };
    serde_json::json!({
        "line": number, "id": id, "verdict": verdict, "known": known,
        "added": added.new + added.revised > 0, "revised": added.revised > 0,
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_not_held() {
        let text = [b"ab\n".to_vec(), b"x".repeat(1_000), b"\n\nabcd\r\nabcde".to_vec()].concat();
        let mut input = BufReader::with_capacity(7, &text[..]);
        let (mut line, mut read) = (Vec::new(), Vec::new());
        while let Some(end) = read_line(&mut input, &mut line, 4).unwrap() {
            assert!(line.capacity() < 64, "what is too long is not held");
            read.push((end, String::from_utf8(line.clone()).unwrap()));
        }
        let found = |text: &str| (LineEnd::Found, text.to_owned());
        let expected =
            [found("ab\n"), (LineEnd::TooLong, String::new()), found("\n"), found("abcd\r\n"), found("abcde")];
        assert_eq!(read, expected);
    }
}
