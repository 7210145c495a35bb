//! wirecopy finds copied news articles, the same text run by several outlets, shortened, extended or lightly edited; and the reports
//! of one event, whatever their wording ([`events`]).
//!
//! ```text
//! bytes ── read ──> Article ── normalize ──> words ── boilerplate ──> words without shells ── shingle ──> ShingleSet
//!                                                                                                           │
//!      CopyClusters <── cluster ── Edges <── verify ── Candidates <── candidates ── Sketch <── sketch ──────┘
//!           │
//!           └──> audit (what was missed)   dedup (what to keep)   eval (how good it is)   explain (why)   report (what is there)
//! ```
//!
//! A *candidate* is a pair to look at, found by hashing and not verified. An *edge* is a pair that was compared exactly, on its
//! words. A *copy cluster* is a star of edges: every member reaches the threshold against the cluster's representative.
//!
//! [`pipeline::run`] goes the whole way. The modules stand in the order of the data flow, each imports only modules above it,
//! and each can be used by itself. Nothing here prints, exits, reads an environment variable or starts a thread pool of
//! its own accord: work runs on the rayon pool of the caller.
//!
//! # Example
//!
//! The five articles of `seeds/`, and one of them again as another outlet might have run it:
//!
//! ```
//! use std::fs;
//! use std::path::Path;
//! use wirecopy::{pipeline::{self, Tables}, settings::Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
//! let folder = tempfile::tempdir()?;
//! let text = fs::read_to_string(seeds.join("002_e94dbbfd1c763f8c.txt"))?;
//! fs::write(folder.path().join("another-outlet.txt"), text.replacen("Tổng thống Mỹ", "Ông Biden", 1))?;
//!
//! // Settings by default, shells learned from the input, progress told to nobody.
//! let run = pipeline::run(&[seeds, folder.path().to_owned()], &Settings::default(), Tables::default(), &())?;
//!
//! let mut found = Vec::new();
//! for cluster in &run.clustering.clusters {
//!     for member in &cluster.members {
//!         let id = &run.records[member.article as usize].id;
//!         println!("{id}: {}, coverage {:.3}", member.kind.name(), member.comparison.coverage);
//!         found.push(id.as_str());
//!     }
//! }
//! assert_eq!(found, ["002_e94dbbfd1c763f8c", "another-outlet"]);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! `cli` (on by default) is the program; without it the library pulls in no terminal crate. `parquet` reads `.parquet` files. `arrow` reads record
//! batches in memory, and has the module `arrow`: the stages and the results of a run as tables.

pub mod settings;

pub mod article;

pub mod stored;

pub mod normalize;

pub mod days;

pub mod read;

pub mod boilerplate;

pub mod shingle;

pub mod sketch;

pub mod candidates;

pub mod verify;

pub mod cluster;

pub mod events;

pub mod index;

pub mod pipeline;

pub mod audit;

pub mod dedup;

pub mod check;

pub mod eval;

pub mod explain;

pub mod report;

#[cfg(feature = "arrow")]
pub mod arrow;
