//! The simulated platform as a client meets it. Edge: HTTP over the loopback interface.

mod client;

mod names;
mod requests;

mod faults;

mod conversations;

mod variety;
