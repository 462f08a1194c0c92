//! Pure: who owns which partition of a room's input.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
    changes: BTreeMap<MemberId, VecDeque<Change>>,
    /// Members that were told of a change and have not answered it: until then they are told of no other.
    asked: BTreeSet<MemberId>,
    /// Members that were taken for dead: their generation is over.
    gone: Vec<MemberId>,
    /// What nobody owns because the group has forgotten its owner, and does not answer it.
    forgotten: Vec<i32>,
    members: usize,
}

impl Group {
    /// A further member, that owns nothing; it is told so, and has to answer.
    pub fn join(&mut self) -> MemberId {
        self.members += 1;
        self.tell(self.members, Change::Assigned(Vec::new()));
        self.members
    }

    /// `member` loses all that it owns, and is told of nothing after that.
    pub fn forget(&mut self, member: MemberId) {
        self.forgotten = self.owned(member);
        self.owners.retain(|_, owner| *owner != member);
        self.gone.push(member);
        self.tell(member, Change::Revoked { partitions: self.forgotten.clone(), lost: true });
    }

    /// A further member in the place of one that nothing was heard of; gets what nobody owns.
    pub fn rejoin(&mut self) -> MemberId {
        let member = self.join();
        let free = std::mem::take(&mut self.forgotten);
        if !free.is_empty() {
            self.owners.extend(free.iter().map(|partition| (*partition, member)));
            self.tell(member, Change::Assigned(free));
        }
        member
    }

    fn tell(&mut self, member: MemberId, change: Change) {
        self.changes.entry(member).or_default().push_back(change);
    }

    /// A member has answered the change that it was told of.
    pub fn answered(&mut self, member: MemberId) {
        self.asked.remove(&member);
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
                self.tell(other, Change::Revoked { partitions: lost, lost: true });
            }
        }
        self.owners = (0..partitions).map(|partition| (partition, member)).collect();
        self.heirs.clear();
        self.tell(member, Change::Assigned((0..partitions).collect()));
    }

    /// `partition` is to be handed over: its owner is asked to let it go, then `heir` gets it.
    pub fn hand_over(&mut self, partition: i32, heir: MemberId) {
        let Some(owner) = self.owners.get(&partition).copied().filter(|owner| *owner != heir) else { return };
        self.heirs.insert(partition, heir);
        let revoked = Change::Revoked { partitions: vec![partition], lost: false };
        self.tell(owner, revoked);
    }

    /// A member lets partitions go, which answers what it was told of.
    pub fn release(&mut self, member: MemberId, partitions: &[i32]) {
        self.answered(member);
        for partition in partitions {
            if self.owners.get(partition) != Some(&member) {
                continue;
            }
            self.owners.remove(partition);
            if let Some(heir) = self.heirs.remove(partition) {
                self.owners.insert(*partition, heir);
                self.tell(heir, Change::Assigned(vec![*partition]));
            }
        }
    }

    pub fn take_changes(&mut self, member: MemberId) -> Vec<Change> {
        if self.asked.contains(&member) {
            return Vec::new();
        }
        let told = self.changes.get_mut(&member).and_then(VecDeque::pop_front);
        self.asked.extend(told.as_ref().map(|_| member));
        told.into_iter().collect()
    }

    pub fn has_changes(&self, member: MemberId) -> bool {
        !self.asked.contains(&member) && self.changes.get(&member).is_some_and(|changes| !changes.is_empty())
    }

    pub fn is_gone(&self, member: MemberId) -> bool {
        self.gone.contains(&member)
    }

    fn owned(&self, member: MemberId) -> Vec<i32> {
        self.owners.iter().filter(|(_, owner)| **owner == member).map(|(partition, _)| *partition).collect()
    }
}
