//! The figures that `.ci/run` compares with, doctored: a stage that needs more fails, and is named.

#[path = "../benches/figures/mod.rs"]
mod figures;

use figures::{Figures, Verdict, verdicts};

fn kept() -> Figures {
    let stages = [("normalize/words", 1_000_000), ("sketch/sign", 200_000)];
    Figures {
        made_with: "rustc 1.95.0, glibc 2.36".to_owned(),
        stages: stages.map(|(stage, count)| (stage.to_owned(), count)).into(),
    }
}

/// The stages that fail when `sketch/sign` needs so many instructions.
fn failing(instructions: u64) -> Vec<String> {
    let (kept, mut counted) = (kept(), kept());
    counted.stages[1].1 = instructions;
    let failing = verdicts(&counted, &kept).into_iter().filter(|(_, verdict)| verdict.fails());
    failing.map(|(stage, verdict)| format!("{stage} {verdict}")).collect()
}

#[test]
fn a_stage_that_needs_over_three_percent_more_fails_and_is_named() {
    assert_eq!(failing(205_900), [""; 0]);
    assert_eq!(failing(206_100), ["sketch/sign +3.05 %: WORSE"]);
}

#[test]
fn a_stage_that_needs_less_passes_and_asks_to_be_blessed() {
    assert_eq!(failing(100_000), [""; 0]);
    assert_eq!(Verdict::More(-50.0).to_string(), "-50.00 %: better; bless it, or it may be lost again unseen");
}

#[test]
fn a_stage_without_a_figure_and_a_figure_without_a_stage_fail() {
    let mut counted = kept();
    counted.stages[0].0 = "normalize/letters".to_owned();
    let expected =
        [("normalize/letters", Verdict::New), ("sketch/sign", Verdict::More(0.0)), ("normalize/words", Verdict::Gone)];
    let kept = kept();
    let verdicts = verdicts(&counted, &kept);
    assert_eq!(verdicts, expected);
    assert_eq!(verdicts.iter().filter(|(_, verdict)| verdict.fails()).count(), 2);
}

#[test]
fn figures_are_read_as_they_were_written() {
    assert_eq!(Figures::parse(&kept().to_text()), Some(kept()));
    let committed = include_str!("../benches/instructions.tsv");
    let figures = Figures::parse(committed).expect("what --bless wrote");
    assert_eq!(figures.to_text(), committed);
}
