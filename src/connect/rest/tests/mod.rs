//! Rules of the REST interface, over a worker in memory.
