//! Work in, its result out, while Python goes on: without the GIL, on threads of its own, with progress told and Ctrl-C heard.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use wirecopy::pipeline::{Progress, Stage};

use crate::errors::Failure;

/// So often Python's signals are looked at and progress is told.
const INTERVAL: Duration = Duration::from_millis(100);

/// Stages by the numbers that [`Watch`] knows them by.
const STAGES: [(Stage, &str); 6] = [
    (Stage::Read, "read"),
    (Stage::Sketch, "sketch"),
    (Stage::Search, "search"),
    (Stage::Verify, "verify"),
    (Stage::Events, "events"),
    (Stage::Write, "write"),
];

/// How far the work is: written by any thread, read by the one that waits.
struct Watch {
    stage: AtomicU8,
    done: AtomicU64,
    /// `u64::MAX` where nobody knows.
    total: AtomicU64,
}

impl Progress for Watch {
    fn begin(&self, stage: Stage, total: Option<u64>) {
        let place = STAGES.iter().position(|(other, _)| *other == stage).unwrap_or(0);
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total.unwrap_or(u64::MAX), Ordering::Relaxed);
        self.stage.store(place as u8, Ordering::Relaxed);
    }

    fn done(&self, units: u64) {
        self.done.store(units, Ordering::Relaxed);
    }
}

impl Watch {
    /// Stage, units done, units in all.
    fn now(&self) -> (&'static str, u64, Option<u64>) {
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|&total| total != u64::MAX);
        let done = self.done.load(Ordering::Relaxed);
        (STAGES[usize::from(self.stage.load(Ordering::Relaxed))].1, total.map_or(done, |total| done.min(total)), total)
    }
}

/// Whether the work ended, for whoever waits for it.
#[derive(Default)]
struct Ended {
    ended: Mutex<bool>,
    changed: Condvar,
}

impl Ended {
    fn within(&self, time: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(ended, time, |ended| !*ended);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Says that the work ended, also where it panicked.
struct SaysEnded<'e>(&'e Ended);

impl Drop for SaysEnded<'_> {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

/// What work is told: how to say how far it is, and when to stop.
pub(crate) struct Task<'t> {
    pub(crate) progress: &'t dyn Progress,
    pub(crate) stop: Arc<AtomicBool>,
}

/// Does `work` on so many threads (0: as many as there are cores). `told` is called at most ten times a second, and once at the
/// end, with the stage, how many units of it are done, and how many there are (`None` where that is not known). A signal whose
/// handler raises, and an exception of `told`, stop the work soon, and are raised when it has stopped.
pub(crate) fn attend<T: Send>(
    py: Python<'_>,
    threads: usize,
    told: Option<Bound<'_, PyAny>>,
    work: impl FnOnce(&Task<'_>) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::Said(format!("threads: {error}")))?;
    let watch = Watch { stage: AtomicU8::new(0), done: AtomicU64::new(0), total: AtomicU64::new(u64::MAX) };
    let (ended, stop) = (Ended::default(), Arc::new(AtomicBool::new(false)));
    let task = Task { progress: &watch, stop: Arc::clone(&stop) };
    let tell = || told.as_ref().map_or(Ok(()), |told| told.call1(watch.now()).map(drop));
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let _says = SaysEnded(&ended);
            pool.install(|| work(&task))
        });
        let mut interrupted = None;
        while !py.detach(|| ended.within(INTERVAL)) {
            if interrupted.is_none()
                && let Err(error) = py.check_signals().and_then(|()| tell())
            {
                interrupted = Some(error);
                stop.store(true, Ordering::Relaxed);
            }
        }
        let result = match py.detach(|| worker.join()) {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        match interrupted {
            Some(error) => Err(error),
            None => {
                let result = result?;
                tell()?;
                Ok(result)
            }
        }
    })
}
