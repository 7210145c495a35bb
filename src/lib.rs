//! wirecopy finds copied and same-event news articles.
//!
//! The modules stand in the order of the data flow, and each imports only modules above it.

pub mod settings;

pub mod article;

pub mod read;

pub mod normalize;

pub mod boilerplate;

pub mod shingle;

pub mod sketch;

pub mod candidates;

pub mod verify;

pub mod cluster;

pub mod pipeline;

pub mod audit;

pub mod dedup;
pub mod eval;

pub mod report;
