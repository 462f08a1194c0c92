//! The rules on hand-made rows: the truth must be right where the right answer is known beforehand. Pure.

mod rows;

mod rules;

mod bases;

mod counts;
