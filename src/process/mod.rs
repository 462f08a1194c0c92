//! Runs the topology over Kafka: one task a partition, each with a transactional id of its own. Edge.
//!
//! `room` is a thread that holds a place in a room's group and carries the tasks of its partitions; `takeover` finds out
//! how far a predecessor came and restores its state; `claim` finds out whether another pipeline writes the same rows; `task` is the loop of one task: read, stage, commit; `failure` says
//! what becomes of a task that cannot go on; `board` is where tasks report; `janitor` purges what was read; `completion` knows when all is done.

pub mod broker;

pub mod failure;

pub mod board;
pub mod scene;

pub mod claim;

pub mod takeover;

pub mod task;

pub mod idle;

pub mod room;

pub mod janitor;

pub mod completion;

pub mod dead_letters;

pub mod rows;

pub mod ours;

pub mod reconciled;

pub mod replay;

pub mod start;

pub mod over_kafka;
