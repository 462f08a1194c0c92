//! Questions that the platform answers later: submitted, looked at until they are done, then read page by page. Pure.
//!
//! [`machine`] says what is due when; [`token`] names a page of a query so that a restarted source reads on there. What is
//! sent and how answers are read is the dialect's; who sends is `extract::queries`.

pub mod machine;

pub mod token;
