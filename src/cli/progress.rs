//! Progress on standard error: nothing for what takes less than a second, then a bar with rate and remaining time.
//!
//! The run only stores numbers; a thread of its own draws them, so that progress costs the work nothing.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{
    BinaryBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use wirecopy::pipeline::{Progress, Stage};

/// What is done sooner shows no bar.
const QUIET_FOR: Duration = Duration::from_secs(1);

const REDRAW_EVERY: Duration = Duration::from_millis(100);

/// The word for a stage in messages.
pub(super) fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "reading",
        Stage::Sketch => "sketching",
        Stage::Search => "searching",
        Stage::Verify => "verifying",
        Stage::Events => "events",
        Stage::Write => "writing",
    }
}

/// How far the run is.
#[derive(Default)]
struct State {
    stages: Mutex<Vec<Begun>>,
    done: AtomicU64,
}

#[derive(Clone, Copy)]
struct Begun {
    stage: Stage,
    total: Option<u64>,
    at: Instant,
}

impl State {
    fn stages(&self) -> Vec<Begun> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Progress for State {
    fn begin(&self, stage: Stage, total: Option<u64>) {
        self.done.store(0, Ordering::Relaxed);
        let begun = Begun { stage, total, at: Instant::now() };
        self.stages.lock().unwrap_or_else(PoisonError::into_inner).push(begun);
    }

    fn done(&self, units: u64) {
        self.done.fetch_max(units, Ordering::Relaxed);
    }
}

/// Watches one run.
pub(super) struct Watch {
    state: Arc<State>,
    painter: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Watch {
    /// Begins to watch, and to draw where `draws` and standard error is a terminal.
    pub(super) fn start(draws: bool) -> Watch {
        let state = Arc::new(State::default());
        let draws = draws && std::io::IsTerminal::is_terminal(&std::io::stderr());
        let painter = draws.then_some(()).and_then(|()| {
            let (stop, stopped) = channel();
            let state = Arc::clone(&state);
            let paint = move || {
                let mut bar: Option<(usize, ProgressBar)> = None;
                let mut wait = QUIET_FOR;
                while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                    wait = REDRAW_EVERY;
                    paint(&state, &mut bar);
                }
                if let Some((_, bar)) = bar {
                    bar.finish_and_clear();
                }
            };
            // Where the system makes no thread, nothing is drawn.
            Some((stop, std::thread::Builder::new().spawn(paint).ok()?))
        });
        Watch { state, painter }
    }

    /// What the run is to tell.
    pub(super) fn progress(&self) -> &dyn Progress {
        &*self.state
    }

    /// Takes the bar away, and says how long each stage took.
    pub(super) fn finish(mut self) -> Vec<(Stage, Duration)> {
        self.stop();
        let stages = self.state.stages();
        let ends = stages.iter().skip(1).map(|next| next.at).chain([Instant::now()]);
        stages.iter().zip(ends).map(|(begun, end)| (begun.stage, end - begun.at)).collect()
    }

    fn stop(&mut self) {
        if let Some((stop, painter)) = self.painter.take() {
            drop(stop);
            // A painter that panicked has no bar left to take away.
            let _ = painter.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

fn paint(state: &State, bar: &mut Option<(usize, ProgressBar)>) {
    let stages = state.stages();
    let Some(begun) = stages.last() else { return };
    let done = state.done.load(Ordering::Relaxed);
    match bar {
        Some((number, bar)) if *number == stages.len() => bar.set_position(done),
        _ => {
            if let Some((_, old)) = bar.take() {
                old.finish_and_clear();
            }
            *bar = Some((stages.len(), new_bar(begun, done)));
        }
    }
    if let Some((_, bar)) = bar {
        bar.tick();
    }
}

/// Units a second since the stage began.
fn a_second(state: &ProgressState) -> f64 {
    state.pos() as f64 / state.elapsed().as_secs_f64().max(0.001)
}

fn new_bar(begun: &Begun, done: u64) -> ProgressBar {
    let template = match (begun.stage, begun.total) {
        (Stage::Search | Stage::Events, _) => "{prefix:>10} {spinner} {elapsed}",
        (Stage::Verify, _) => "{prefix:>10} {bar:30} {human_pos}/{human_len} pairs  {pairs_a_second}  {remaining}",
        (_, Some(_)) => "{prefix:>10} {bar:30} {bytes}/{total_bytes}  {bytes_a_second}  {remaining}",
        (_, None) => "{prefix:>10} {spinner} {bytes}  {bytes_a_second}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // The mean since the stage began: indicatif's own rate weighs the last seconds, and is far off in the first.
    let style = style
        .progress_chars("━━┄")
        .with_key("pairs_a_second", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{}/s", HumanCount(a_second(state) as u64));
        })
        .with_key("bytes_a_second", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{}/s", BinaryBytes(a_second(state) as u64));
        })
        .with_key("remaining", |state: &ProgressState, out: &mut dyn fmt::Write| {
            let missing = state.len().unwrap_or(0).saturating_sub(state.pos()) as f64;
            let rate = a_second(state);
            if rate > 0.0 {
                let _ = write!(out, "{} left", HumanDuration(Duration::from_secs((missing / rate).ceil() as u64)));
            }
        });
    ProgressBar::with_draw_target(begun.total, ProgressDrawTarget::stderr())
        .with_style(style)
        .with_prefix(stage_name(begun.stage))
        .with_elapsed(begun.at.elapsed())
        .with_position(done)
}
