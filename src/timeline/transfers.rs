//! The transfers that a leg made as bytes on its row. Pure; the layout stands in the doc of `Leg.transfers`.

use crate::domain::time::InstantMs;
use crate::domain::varint;

/// Writes number and time of each transfer: format 1, or format 0 for none.
#[must_use]
pub fn encode(made: &[(i32, InstantMs)]) -> Vec<u8> {
    if made.is_empty() {
        return vec![0];
    }
    let mut out = vec![1];
    let mut before = 0;
    for (seq, at) in made {
        varint::put_signed(&mut out, i64::from(*seq));
        varint::put_signed(&mut out, at - before);
        before = *at;
    }
    out
}

/// Reads [`encode`]'s bytes; `None` when they are not such.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<(i32, InstantMs)>> {
    let (format, mut rest) = bytes.split_first()?;
    match format {
        0 => rest.is_empty().then(Vec::new),
        1 => {
            let mut made = Vec::new();
            let mut at: InstantMs = 0;
            while !rest.is_empty() {
                let seq = i32::try_from(varint::take_signed(&mut rest)?).ok()?;
                at = at.checked_add(varint::take_signed(&mut rest)?)?;
                made.push((seq, at));
            }
            Some(made)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfers_read_back_as_written() {
        for made in [vec![], vec![(0, 1_700_000_000_000)], vec![(1, 5), (2, 5), (7, 3)]] {
            assert_eq!(decode(&encode(&made)), Some(made));
        }
        assert_eq!((decode(&[]), decode(&[2]), decode(&[0, 1]), decode(&[1, 2])), (None, None, None, None));
    }
}
