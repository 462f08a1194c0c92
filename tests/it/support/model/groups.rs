//! Pure: who owns which partition of a room's input.

use std::collections::BTreeMap;

use handletime::kafka::member::Change;

/// Number of a member; a later one joined later.
pub type MemberId = usize;

/// One group.
#[derive(Debug, Default)]
pub struct Group {
    /// Who owns a partition, or owned it until it was taken from them.
    owners: BTreeMap<i32, MemberId>,
    /// Who is to get a partition once its owner has let it go.
    heirs: BTreeMap<i32, MemberId>,
    changes: BTreeMap<MemberId, Vec<Change>>,
    /// Members that were taken for dead: their generation is over.
    gone: Vec<MemberId>,
    members: usize,
}

impl Group {
    /// A further member, that owns nothing.
    pub fn join(&mut self) -> MemberId {
        self.members += 1;
        self.members
    }

    /// All other members are taken for dead, and `member` owns all partitions at once.
    pub fn inherit(&mut self, member: MemberId, partitions: i32) {
        let others: Vec<MemberId> = (1..=self.members).filter(|other| *other != member).collect();
        for other in others {
            if self.gone.contains(&other) {
                continue;
            }
            self.gone.push(other);
            let lost: Vec<i32> = self.owned(other);
            if !lost.is_empty() {
                self.changes.entry(other).or_default().push(Change::Revoked { partitions: lost, lost: true });
            }
        }
        self.owners = (0..partitions).map(|partition| (partition, member)).collect();
        self.heirs.clear();
        self.changes.entry(member).or_default().push(Change::Assigned((0..partitions).collect()));
    }

    /// `partition` is to be handed over: its owner is asked to let it go, then `heir` gets it.
    pub fn hand_over(&mut self, partition: i32, heir: MemberId) {
        let Some(owner) = self.owners.get(&partition).copied().filter(|owner| *owner != heir) else { return };
        self.heirs.insert(partition, heir);
        let revoked = Change::Revoked { partitions: vec![partition], lost: false };
        self.changes.entry(owner).or_default().push(revoked);
    }

    /// A member lets partitions go.
    pub fn release(&mut self, member: MemberId, partitions: &[i32]) {
        for partition in partitions {
            if self.owners.get(partition) != Some(&member) {
                continue;
            }
            self.owners.remove(partition);
            if let Some(heir) = self.heirs.remove(partition) {
                self.owners.insert(*partition, heir);
                self.changes.entry(heir).or_default().push(Change::Assigned(vec![*partition]));
            }
        }
    }

    pub fn take_changes(&mut self, member: MemberId) -> Vec<Change> {
        self.changes.remove(&member).unwrap_or_default()
    }

    pub fn has_changes(&self, member: MemberId) -> bool {
        self.changes.get(&member).is_some_and(|changes| !changes.is_empty())
    }

    pub fn is_gone(&self, member: MemberId) -> bool {
        self.gone.contains(&member)
    }

    fn owned(&self, member: MemberId) -> Vec<i32> {
        self.owners.iter().filter(|(_, owner)| **owner == member).map(|(partition, _)| *partition).collect()
    }
}
