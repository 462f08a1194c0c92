//! What every KPI row has: its interval, its basis, its publication. Pure.

use serde_json::{Value, json};

use super::super::figures::{Owner, Truth};
use super::super::settings::TruthBasis;
use super::row::{Row, put};
use crate::domain::time::InstantMs;

pub(super) fn write(row: &mut Row, truth: &Truth, start: InstantMs, owner: &Owner) {
    let (settings, calendar) = (&truth.settings, &truth.calendar);
    let local = calendar.local(start);
    let attribution = match settings.basis {
        TruthBasis::Start => "START",
        TruthBasis::Completion => "COMPLETION",
        TruthBasis::Apportioned => "APPORTIONED",
    };
    put(row, "org_id", json!(settings.org_id));
    put(row, "interval_start", json!(start));
    put(row, "interval_length_s", json!(calendar.length_s()));
    put(row, "interval_end", json!(calendar.interval_end(start)));
    put(row, "media_type", json!(owner.media));
    put(row, "attribution", json!(attribution));
    put(row, "tz", json!(settings.zone.name()));
    put(row, "local_start", json!(local.text));
    put(row, "utc_offset_s", json!(local.offset_s));
    put(row, "fold", json!(local.fold));
    put(row, "local_date", json!(local.date_days));
}

/// How the row came about: nothing here is a figure, and the truth is final.
pub(super) fn write_publication(row: &mut Row) {
    put(row, "revision", json!(0));
    put(row, "restatements", json!(0));
    put(row, "held", json!(false));
    put(row, "result", json!("FINAL"));
    put(row, "source_watermark", Value::Null);
    put(row, "computed_at", json!(0));
    put(row, "rules_version", json!(""));
}
