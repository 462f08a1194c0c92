//! Results of KPIs of the user's own as bytes on a leg row. Pure.

use crate::domain::varint;

/// Sum and over of each KPI in millionths, in the order of their names; `None` when the bytes are not such.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<(i64, i64)>> {
    let (format, mut rest) = bytes.split_first()?;
    let mut results = Vec::new();
    while *format == 1 && !rest.is_empty() {
        results.push((varint::take_signed(&mut rest)?, varint::take_signed(&mut rest)?));
    }
    (*format <= 1).then_some(results)
}
