//! Memory that there is not in, a sentence and exit code 2 out.
//!
//! A program whose memory runs out is aborted with a signal, which scripts see as 134 and people as a crash. Nothing in the
//! library can prevent that: it happens wherever the last byte is asked for. So the program asks through this allocator, which
//! is that of the system, and says what happened where the system has no more.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::temporary;
use crate::Exit;

/// The system's allocator; where that has no more memory, the program says so and exits.
pub(crate) struct OrExit;

#[allow(unsafe_code, reason = "an allocator is the one place that is told that there is no more memory")]
// SAFETY: every call is handed on to the system's allocator as it came, and what it returns is returned, unless that is null.
unsafe impl GlobalAlloc for OrExit {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what the caller promises is what the system's allocator asks for; so in the three others.
        or_exit(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        or_exit(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        or_exit(unsafe { System.realloc(block, layout, bytes) }, bytes)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[inline]
fn or_exit(block: *mut u8, bytes: usize) -> *mut u8 {
    if block.is_null() {
        exit(bytes)
    }
    block
}

/// How often, and how long each time, a thread waits for another that exits.
const WAITS: usize = 50;
const WAIT: Duration = Duration::from_millis(100);

/// Removes temporary files, says that there is no more memory, and exits.
#[cold]
fn exit(bytes: usize) -> ! {
    static EXITS: AtomicBool = AtomicBool::new(false);
    thread_local! {
        // Without a value to drop, it needs no memory.
        static EXITS_HERE: Cell<bool> = const { Cell::new(false) };
    }
    // Where removing needs memory itself, it is given up.
    if !EXITS_HERE.replace(true) {
        // One thread exits. Another may hold a lock that the first waits for, so it does not wait forever.
        for _ in 0..WAITS {
            if !EXITS.swap(true, Ordering::Relaxed) {
                break;
            }
            std::thread::sleep(WAIT);
        }
        temporary::remove_all_soon();
    }
    let mut stderr = std::io::stderr();
    let _ = writeln!(
        stderr,
        "wirecopy: error: out of memory: the system refused {bytes} more bytes; the run was not finished. What an index said it committed \
         is there. Set --memory-limit, or a lower --max-article-bytes, or run with fewer --threads"
    );
    std::process::exit(Exit::CouldNotCheck as i32)
}
