//! Quotients that consumers ask of a row and that no field holds: all from sums, null on nothing. Pure.

use super::said::ratio;
use crate::domain::row::QueueInterval;

/// 100 × answered by offered.
#[must_use]
pub fn answered_percent(row: &QueueInterval) -> Option<f64> {
    ratio(100 * row.answered, row.offered)
}

/// 100 × abandoned by offered.
#[must_use]
pub fn abandoned_percent(row: &QueueInterval) -> Option<f64> {
    ratio(100 * row.abandoned, row.offered)
}

/// Kept legs that waited longer than `kpi.sla.threshold.ms`, by kept legs.
#[must_use]
pub fn sla_breach_rate(row: &QueueInterval) -> Option<f64> {
    ratio(row.sla_breaches, row.handled)
}

/// Mean wait of kept legs in ms; the wait of those that were answered is `asa_ms`.
#[must_use]
pub fn handled_wait_ms(row: &QueueInterval) -> Option<f64> {
    ratio(row.handled_wait_ms_sum, row.handled)
}

/// Transfers made by kept legs.
#[must_use]
pub fn transfer_rate(row: &QueueInterval) -> Option<f64> {
    ratio(row.transfers_out, row.handled)
}

/// Workload in Erlangs: offered × AHT by the interval's true length, each in ms. Null without an AHT.
#[must_use]
pub fn erlangs(row: &QueueInterval) -> Option<f64> {
    let length_ms = row.interval_end - row.interval_start;
    row.aht_ms.filter(|_| 0 < length_ms).map(|aht_ms| row.offered as f64 * aht_ms / length_ms as f64)
}

/// 100 × (actual − forecast) by forecast; null on a forecast of nothing.
#[must_use]
pub fn variance_percent(actual: f64, forecast: f64) -> Option<f64> {
    (forecast != 0.0).then(|| 100.0 * (actual - forecast) / forecast)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quotient_comes_from_sums_and_is_null_on_nothing() {
        let row = QueueInterval {
            offered: 6,
            answered: 3,
            abandoned: 2,
            handled: 5,
            sla_breaches: 2,
            handled_wait_ms_sum: 660_000,
            transfers_out: 1,
            aht_ms: Some(300_000.0),
            interval_start: 0,
            interval_end: 1_800_000,
            ..crate::emit::row::sample_row()
        };
        assert_eq!((answered_percent(&row), abandoned_percent(&row)), (Some(50.0), Some(200.0 / 6.0)));
        assert_eq!((sla_breach_rate(&row), handled_wait_ms(&row)), (Some(0.4), Some(132_000.0)));
        assert_eq!((transfer_rate(&row), erlangs(&row)), (Some(0.2), Some(1.0)));
        let silent = QueueInterval { offered: 0, handled: 0, aht_ms: None, ..row };
        assert_eq!((answered_percent(&silent), sla_breach_rate(&silent), erlangs(&silent)), (None, None, None));
        assert_eq!((variance_percent(330.0, 300.0), variance_percent(1.0, 0.0)), (Some(10.0), None));
    }
}
