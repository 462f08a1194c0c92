//! Positions in time as bytes on a leg row. Pure; the layout stands in the doc of `Leg.phases`.

use crate::domain::interaction::{Phase, PhaseKind};
use crate::domain::varint;

const KINDS: [PhaseKind; 11] = [
    PhaseKind::Wait,
    PhaseKind::Alert,
    PhaseKind::Dialing,
    PhaseKind::Contacting,
    PhaseKind::Talk,
    PhaseKind::CustomerHold,
    PhaseKind::SystemHold,
    PhaseKind::Transfer,
    PhaseKind::Wrap,
    PhaseKind::Parked,
    PhaseKind::Unknown,
];

/// Writes format 1.
#[must_use]
pub fn encode(phases: &[Phase]) -> Vec<u8> {
    let mut out = vec![1];
    let mut at = 0;
    for phase in phases {
        out.push(phase.kind as u8);
        varint::put_signed(&mut out, phase.start - at);
        varint::put_signed(&mut out, phase.end - phase.start);
        at = phase.end;
    }
    out
}

/// Reads [`encode`]'s bytes; `None` when they are not such.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<Phase>> {
    let (format, mut rest) = bytes.split_first()?;
    if *format != 1 {
        return None;
    }
    let mut phases = Vec::new();
    let mut at = 0;
    while let Some((kind, tail)) = rest.split_first() {
        rest = tail;
        let start = at + varint::take_signed(&mut rest)?;
        let end = start + varint::take_signed(&mut rest)?;
        phases.push(Phase { kind: *KINDS.get(usize::from(*kind))?, start, end });
        at = end;
    }
    Some(phases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_read_back_as_written_and_each_kind_keeps_its_ordinal() {
        let phases: Vec<Phase> = KINDS
            .iter()
            .enumerate()
            .map(|(at, kind)| Phase { kind: *kind, start: 1_000 - at as i64 * 7, end: 1_000 + at as i64 })
            .collect();
        assert_eq!(decode(&encode(&phases)), Some(phases));
        assert!(KINDS.iter().enumerate().all(|(at, kind)| *kind as usize == at));
        assert_eq!(decode(&[1, 99, 0, 0]), None);
        assert_eq!(decode(&[]), None);
    }
}
