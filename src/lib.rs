//! handletime: interactions from Genesys Cloud to Kafka, and Average Handle Time out of them.
//!
//! Pure: this file only declares the rooms. The flow, left to right:
//!
//! ```text
//!  Genesys Cloud ─HTTP─▶ genesys ─▶ extract ─▶ publish ═▶ [interactions]
//!  (or `simulate`)       dialects   slices,    one transaction a page:
//!                        quota      revisits   records, source offset, slice status
//!
//!  [interactions] ═▶ dedupe ─▶ timeline ─▶ window::attribute ═▶ [legs] [contributions] ═▶ window ─▶ emit ═▶ [kpi.*]
//!                    └─────────── topology::legs ──────────┘                            └─ topology::intervals ─┘
//! ```
//!
//! `═▶` is a Kafka transaction (`process`) or the same over an in-process log (`embedded`).
//!
//! | layer | rooms | may use |
//! |---|---|---|
//! | L0 | [`domain`] | nothing of the crate |
//! | L1 | [`avro`], [`dedupe`], [`timeline`], [`window`], [`emit`], [`topology`], [`replay`], pure files of [`config`], [`genesys`], [`extract`], [`publish`], [`reconcile`] | L0, and the room before it in the flow |
//! | L2 | [`kafka`], [`runtime`], `process::board`, edges of [`config`] and [`genesys`] | L0, L1 |
//! | L3 | [`publish`], [`process`], [`embedded`], `extract::task`, edges of [`reconcile`], [`simulate`] | L0 to L2 |
//! | L4 | `main`, `cli`, [`command`], [`connect`], [`status`] | everything |
//!
//! Never: a number computed outside a pure room; an average of averages; a position moved ahead of confirmed work;
//! a record dropped without being counted or dead-lettered; a clock read in a pure file.

pub mod domain;

pub mod avro;
pub mod config;

pub mod genesys;

pub mod extract;

pub mod publish;

pub mod dedupe;

pub mod timeline;

pub mod window;

pub mod emit;

pub mod topology;

pub mod reconcile;

pub mod kafka;
pub mod runtime;

pub mod replay;

pub mod embedded;
pub mod process;

pub mod simulate;

pub mod status;

pub mod connect;

pub mod cli;
pub mod command;
