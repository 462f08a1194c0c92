//! Tests of the plan against a platform in memory: single rules, and properties under faults and crashes. Pure.

mod world;

mod ahead;
mod retries;
mod rules;
mod trouble;

mod properties;
