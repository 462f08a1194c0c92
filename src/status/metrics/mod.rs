//! The numbers as Prometheus reads them. `table` says what there is, `sample` takes it out of the vitals, `text` writes it,
//! `process` looks at the operating system, `page` makes the reference page. Edge where it looks at the system, else pure.

pub mod table;

pub mod sample;

pub mod process;

pub mod text;

pub mod page;

pub use text::{CONTENT_TYPE, text};

#[cfg(test)]
mod tests;
