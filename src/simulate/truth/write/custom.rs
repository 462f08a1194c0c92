//! The figures of a row of a KPI of the user's own. Pure.

use serde_json::json;

use super::super::tally::Tally;
use super::row::{Row, put, ratio};

/// How many of a row's units make one.
const MILLIONTHS: i64 = 1_000_000;

pub(super) fn write(row: &mut Row, tally: &Tally) {
    put(row, "handled", json!(tally.handles_ms.len()));
    put(row, "sum", json!(tally.custom_sum as f64));
    put(row, "over", json!(tally.custom_over as f64));
    put(row, "value", ratio(tally.custom_sum, tally.custom_over));
    put(row, "sum_millionths", json!(tally.custom_sum * MILLIONTHS));
    put(row, "over_millionths", json!(tally.custom_over * MILLIONTHS));
}
