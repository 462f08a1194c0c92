//! Rules of the REST interface, over a worker in memory.

mod contract;
mod described;
mod fuzz;
mod lifecycle;
mod mistakes;
mod routes;
mod secrecy;
mod sockets;

mod fake;
mod scene;
