//! A run in, what it missed out.

mod share;

pub use share::{Share, wilson};
