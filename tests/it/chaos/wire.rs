//! Pure: as much of Kafka's protocol as is looked at in passing: which partitions a commit is about to be marked in, and
//! which partitions a member of a group has.

/// `WriteTxnMarkers`.
const WRITE_MARKERS: i16 = 27;

/// A partition in which a coordinator has a transaction marked as committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub topic: String,
    pub partition: i32,
}

/// The partitions that a request marks as committed; none when it is another request, or aborts.
///
/// `frame` is a request without its length. What cannot be read is another request.
pub fn committed_partitions(frame: &[u8]) -> Vec<Marked> {
    markers(&mut Bytes(frame)).unwrap_or_default()
}

fn markers(request: &mut Bytes<'_>) -> Option<Vec<Marked>> {
    if request.int16()? != WRITE_MARKERS {
        return None;
    }
    let version = request.int16()?;
    request.int32()?;
    let client_id = request.int16()?;
    request.take(usize::try_from(client_id).unwrap_or(0))?;
    // All versions that brokers of these tests speak are flexible: lengths are varints, one more than they mean.
    request.tags()?;
    let mut marked = Vec::new();
    for _ in 0..request.length()? {
        request.take(8 + 2)?;
        let commits = request.take(1)? != [0];
        for _ in 0..request.length()? {
            let name = request.length()?;
            let topic = String::from_utf8(request.take(name)?.to_vec()).ok()?;
            for _ in 0..request.length()? {
                let partition = request.int32()?;
                if commits {
                    marked.push(Marked { topic: topic.clone(), partition });
                }
            }
            request.tags()?;
        }
        request.int32()?;
        if 2 <= version {
            request.take(1)?;
        }
        request.tags()?;
    }
    Some(marked)
}

/// The partitions of a member's assignment, as the group keeps it, whatever their topic.
pub fn assigned_partitions(assignment: &[u8]) -> Vec<i32> {
    let mut bytes = Bytes(assignment);
    let mut read = || {
        let mut partitions = Vec::new();
        bytes.int16()?;
        for _ in 0..bytes.int32()? {
            let name = bytes.int16()?;
            bytes.take(usize::try_from(name).ok()?)?;
            for _ in 0..bytes.int32()? {
                partitions.push(bytes.int32()?);
            }
        }
        Some(partitions)
    };
    read().unwrap_or_default()
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn int16(&mut self) -> Option<i16> {
        Some(i16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn int32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn varint(&mut self) -> Option<usize> {
        let mut value = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Of a compact array or text; an absent one has none.
    fn length(&mut self) -> Option<usize> {
        Some(self.varint()?.saturating_sub(1))
    }

    fn tags(&mut self) -> Option<()> {
        for _ in 0..self.varint()? {
            self.varint()?;
            let size = self.varint()?;
            self.take(size)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One marker for partitions 2 and 300 of `t`.
    fn request(key: i16, version: i16, commits: bool) -> Vec<u8> {
        let mut bytes = [key.to_be_bytes(), version.to_be_bytes()].concat();
        bytes.extend([0, 0, 0, 9, 0, 2, b'c', b'd', 0, 2]);
        bytes.extend([0; 10]);
        bytes.extend([u8::from(commits), 2, 2, b't', 3]);
        bytes.extend([2_i32.to_be_bytes(), 300_i32.to_be_bytes()].concat());
        bytes.extend([0, 0, 0, 0, 5]);
        if version == 2 {
            bytes.push(1);
        }
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn a_request_that_marks_a_commit_names_its_partitions() {
        let expected = [2, 300].map(|partition| Marked { topic: "t".to_owned(), partition });
        for version in [1, 2] {
            assert_eq!(committed_partitions(&request(WRITE_MARKERS, version, true)), expected);
        }
    }

    #[test]
    fn other_requests_aborts_and_broken_ones_name_none() {
        assert_eq!(committed_partitions(&request(WRITE_MARKERS, 1, false)), []);
        assert_eq!(committed_partitions(&request(1, 1, true)), []);
        let whole = request(WRITE_MARKERS, 1, true);
        for length in 0..whole.len() - 2 {
            assert_eq!(committed_partitions(&whole[..length]), [], "{length}");
        }
    }

    #[test]
    fn an_assignment_names_its_partitions() {
        let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, 3, b'a', b'b', b'c', 0, 0, 0, 2];
        bytes.extend([1_i32.to_be_bytes(), 7_i32.to_be_bytes()].concat());
        assert_eq!(assigned_partitions(&bytes), [1, 7]);
        assert!(assigned_partitions(&[]).is_empty());
    }
}
