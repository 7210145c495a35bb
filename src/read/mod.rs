//! Paths in, articles out.
