//! The additive figures of a KPI row, and how their differences travel. Pure.

use super::exclusion::DropReason;

/// One additive figure of a row.
///
/// WARNING: the number of a figure is part of the stored format of `contributions`; a new figure goes to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the field names of the row, documented in schemas/QueueInterval.avsc")]
pub enum Figure {
    Offered,
    Answered,
    Abandoned,
    ShortAbandoned,
    FlowOut,
    Handled,
    WaitMs,
    AnsweredWaitMs,
    HandledWaitMs,
    TalkMs,
    CustomerHoldMs,
    SystemHoldMs,
    WrapMs,
    HandleMs,
    GenesysHandleMs,
    ActiveAgentMs,
    ElapsedAgentMs,
    PartsHandled,
    PartsHandleMs,
    WehtMilli,
    WehtTierGap,
    SlaBreaches,
    ServiceLevelWithin,
    ServiceLevelOf,
    FcrNumerator,
    FcrDenominator,
    WrapupMissing,
    TransfersOut,
    TransfersIn,
    Contacts,
    ContactHandleMs,
    // The numbers from 31 to 54 are those of the exclusions: a count and a handle time for each reason.
    CustomSumMillionths = 55,
    CustomOverMillionths = 56,
}

/// The number of the first exclusion.
const EXCLUSIONS: usize = Figure::ContactHandleMs as usize + 1;
const _: () = assert!(EXCLUSIONS + 2 * DropReason::ALL.len() == Figure::CustomSumMillionths as usize);
/// How many figures there are.
pub const FIGURES: usize = Figure::CustomOverMillionths as usize + 1;

/// The additive figures of a row, or a difference of such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums([i64; FIGURES]);

impl Default for Sums {
    fn default() -> Self {
        Sums([0; FIGURES])
    }
}

impl Sums {
    /// One figure.
    #[must_use]
    pub fn at(&self, figure: Figure) -> i64 {
        self.0[figure as usize]
    }

    /// Adds to one figure.
    pub fn add(&mut self, figure: Figure, amount: i64) {
        self.0[figure as usize] += amount;
    }

    /// Count and handle time excluded for a reason.
    #[must_use]
    pub fn excluded(&self, reason: DropReason) -> (i64, i64) {
        match DropReason::ALL.iter().position(|known| *known == reason) {
            Some(at) => (self.0[EXCLUSIONS + 2 * at], self.0[EXCLUSIONS + 2 * at + 1]),
            None => (0, 0),
        }
    }

    /// Adds a count and a handle time to a reason; `Unknown` is a reason that no build writes, and is not counted.
    pub fn exclude(&mut self, reason: DropReason, count: i64, handle_ms: i64) {
        if let Some(at) = DropReason::ALL.iter().position(|known| *known == reason) {
            self.0[EXCLUSIONS + 2 * at] += count;
            self.0[EXCLUSIONS + 2 * at + 1] += handle_ms;
        }
    }

    /// Restores a reason's pair, as read back from a row.
    pub fn set_excluded(&mut self, reason: DropReason, count: i64, handle_ms: i64) {
        self.exclude(reason, count, handle_ms);
    }

    /// Adds `sign` times another difference.
    pub fn merge(&mut self, other: &Sums, sign: i64) {
        let pairs = self.0.iter_mut().zip(&other.0);
        match sign {
            // Wrapping, so that any order ends alike: what any history can sum to is far below the bounds.
            // Without the product, several figures are added at a time.
            1 => pairs.for_each(|(mine, theirs)| *mine = mine.wrapping_add(*theirs)),
            -1 => pairs.for_each(|(mine, theirs)| *mine = mine.wrapping_sub(*theirs)),
            _ => pairs.for_each(|(mine, theirs)| *mine = mine.wrapping_add(sign.wrapping_mul(*theirs))),
        }
    }

    /// Whether every figure is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|figure| *figure == 0)
    }

    /// The first figure that no history can make negative but is.
    #[must_use]
    pub fn negative(&self) -> Option<usize> {
        self.0[..Figure::CustomSumMillionths as usize].iter().position(|figure| *figure < 0)
    }

    /// Format 1: the byte 1, then for each non-zero figure its number + 1 and its zigzag amount, both as varints.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![1];
        for (number, amount) in self.0.iter().enumerate() {
            if *amount != 0 {
                super::varint::put(&mut out, number as u64 + 1);
                super::varint::put_signed(&mut out, *amount);
            }
        }
        out
    }

    /// Reads [`Sums::encode`]'s bytes; `None` when they are not such.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Sums> {
        let (format, mut rest) = bytes.split_first()?;
        let mut sums = Sums::default();
        if *format != 1 {
            return None;
        }
        while !rest.is_empty() {
            let number = usize::try_from(super::varint::take(&mut rest)?).ok()?.checked_sub(1)?;
            let amount = super::varint::take_signed(&mut rest)?;
            *sums.0.get_mut(number)? = amount;
        }
        Some(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_reads_back_as_written_and_cancels_itself() {
        let mut sums = Sums::default();
        sums.add(Figure::HandleMs, -350_000);
        sums.exclude(DropReason::ShortTalk, 1, 12_999);
        let mut read = Sums::decode(&sums.encode()).unwrap();
        assert_eq!(read, sums);
        assert_eq!(read.excluded(DropReason::ShortTalk), (1, 12_999));
        read.merge(&sums, -1);
        assert!(read.is_zero());
    }

    #[test]
    fn bytes_of_another_format_are_refused() {
        assert_eq!(Sums::decode(&[2, 1, 1]), None);
        assert_eq!(Sums::decode(&[1, 200, 1, 1]), None);
        assert_eq!(Sums::decode(&[]), None);
    }
}
