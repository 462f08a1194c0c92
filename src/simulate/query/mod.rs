//! The body of a details request, by the platform's rules. Pure.

mod body;

pub use self::body::{COLUMNS, Column, DetailsQuery, Dimension, Filter, PAGE_ROWS_MAX, Refusal, named_range, read};

#[cfg(test)]
mod tests;
