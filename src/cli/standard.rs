//! Whether standard output was open when the process began.
//!
//! Where it was closed (`wirecopy ... >&-`), Rust puts `/dev/null` in its place before `main`: whatever is written there is lost and
//! no write fails. So it is looked at before that, by a function that the system calls when it loads the program.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

static CLOSED: AtomicBool = AtomicBool::new(false);

#[cfg(any(target_os = "linux", target_os = "macos"))]
extern "C" fn look() {
    if rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err() {
        CLOSED.store(true, Ordering::Relaxed);
    }
}

// SAFETY: the section holds pointers to functions of the C ABI, and this is one. It runs before Rust's own start, and needs nothing of
// that: it asks the kernel about a descriptor and stores a flag.
#[allow(unsafe_code, reason = "nothing else runs before Rust has replaced a closed standard output")]
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
static LOOK: extern "C" fn() = look;

/// An error where standard output was closed from the start.
pub(super) fn output_is_open() -> io::Result<()> {
    if CLOSED.load(Ordering::Relaxed) { Err(io::Error::other("it is closed")) } else { Ok(()) }
}
