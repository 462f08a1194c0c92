//! Tallies as the KPI rows that consumers read. Pure.

mod row;

mod head;

mod interval;

mod agent;

mod custom;

mod percentile;

pub(in crate::simulate) use self::percentile::bucket;
pub(super) use self::row::row;
