//! Questions that the platform answers later: submitted, looked at until they are done, then read page by page. Pure.
//!
//! [`machine`] says what is due of one query when, [`flights`] what is due of all that stand at the platform; [`token`]
//! names a page of a query so that a restarted source reads on there. What is sent and how answers are read is the
//! dialect's; who sends is `extract::queries`.

pub mod machine;

pub mod flights;

pub mod token;

#[cfg(test)]
mod flights_tests;
