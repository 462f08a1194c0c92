//! The rules on hand-made rows and conversations: the truth must be right where the right answer is known beforehand. Pure.

mod rows;

mod talks;

mod rules;

mod bases;

mod counts;

mod agents;

mod organisation;

mod transfers;

mod conversations;

mod choices;
