//! The transfers that a leg made, as bytes on its row. Pure.

use crate::domain::time::InstantMs;
use crate::domain::varint;

/// Number and time of each transfer, in their order; `None` when the bytes are not such.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<(i32, InstantMs)>> {
    let (format, mut rest) = bytes.split_first()?;
    let mut made = Vec::new();
    let mut before = 0;
    while *format == 1 && !rest.is_empty() {
        let seq = i32::try_from(varint::take_signed(&mut rest)?).ok()?;
        before += varint::take_signed(&mut rest)?;
        made.push((seq, before));
    }
    (*format <= 1).then_some(made)
}
