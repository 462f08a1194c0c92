//! What goes wrong, by script. Pure.

mod script;

pub use self::script::{DATA_PATH, Fault, FaultKind, FaultScript, Faults, Rule, ScriptError};

#[cfg(test)]
mod tests;
