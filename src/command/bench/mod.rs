//! `handletime bench`: one file for each thing that is measured, beside what they share. Edge.
//!
//! `processor`, `latency`, `restore`, `growth` and `steady` need a broker; the processor is then measured as it is deployed, as a
//! process of its own that is started with settings (`child`), on records that a source would have published
//! (`backlog`, `load`). `bare` is the least that reading the same records costs. `figures` makes the table and the JSON.

mod arguments;

mod backlog;

mod broker;

mod load;

mod usage;

mod machine;

mod child;

mod progress;

mod written;

mod figures;

mod bare;

mod beside;

mod measure;

mod processor;

mod growth;

mod restore;

mod steady;

mod latency;

mod extract;

mod run;

pub use run::run;
