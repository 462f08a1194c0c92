//! Whose request goes next when several wait: first readings before later ones, and no task before another's turn. Pure.
//!
//! Each task that shares a budget has a queue of its own at each rank, and the tasks of a rank take turns: one that
//! asks much waits behind itself, never in front of the others.

use std::collections::{BTreeMap, VecDeque};

/// Whose turn comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// First readings, and whatever they wait for.
    First,
    /// Everything that can wait.
    Later,
}

/// The number of a task among those that share a budget; 0 for what belongs to no task.
pub type Asker = u32;

/// A place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    rank: Rank,
    asker: Asker,
    number: u64,
}

/// Turns in a row that first readings get while a later one waits. Too small: a backlog is read slowly; too large:
/// revisits stand still as long as there is a backlog.
const FIRST_IN_A_ROW_MAX: u32 = 9;

/// Who waits, and who was served last.
#[derive(Debug, Default)]
pub struct Turns {
    first: Queues,
    later: Queues,
    first_in_a_row: u32,
    given: u64,
}

/// The queues of one rank. An empty queue is not kept.
#[derive(Debug, Default)]
struct Queues {
    waiting: BTreeMap<Asker, VecDeque<u64>>,
    served: Option<Asker>,
}

impl Queues {
    /// The oldest request of the task after the one that was served last.
    fn next(&self) -> Option<(Asker, u64)> {
        let after = self.served.and_then(|served| self.waiting.range(served.saturating_add(1)..).next());
        let (asker, numbers) = after.or_else(|| self.waiting.first_key_value())?;
        Some((*asker, *numbers.front()?))
    }

    fn remove(&mut self, ticket: Ticket) {
        if let Some(numbers) = self.waiting.get_mut(&ticket.asker) {
            numbers.retain(|number| *number != ticket.number);
            if numbers.is_empty() {
                self.waiting.remove(&ticket.asker);
            }
        }
    }
}

impl Turns {
    /// A request of `asker` begins to wait.
    pub fn enter(&mut self, rank: Rank, asker: Asker) -> Ticket {
        let ticket = Ticket { rank, asker, number: self.given };
        self.given += 1;
        self.queues(rank).waiting.entry(asker).or_default().push_back(ticket.number);
        ticket
    }

    /// The request no longer waits, and was not served.
    pub fn leave(&mut self, ticket: Ticket) {
        self.queues(ticket.rank).remove(ticket);
    }

    /// Whether it is this request's turn.
    #[must_use]
    pub fn is_next(&self, ticket: Ticket) -> bool {
        let later_is_due = FIRST_IN_A_ROW_MAX <= self.first_in_a_row && !self.later.waiting.is_empty();
        let rank = if self.first.waiting.is_empty() || later_is_due { Rank::Later } else { Rank::First };
        let queues = if rank == Rank::First { &self.first } else { &self.later };
        rank == ticket.rank && queues.next() == Some((ticket.asker, ticket.number))
    }

    /// The request goes.
    pub fn served(&mut self, ticket: Ticket) {
        let queues = self.queues(ticket.rank);
        queues.remove(ticket);
        queues.served = Some(ticket.asker);
        self.first_in_a_row = if ticket.rank == Rank::First { self.first_in_a_row.saturating_add(1) } else { 0 };
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.waiting.is_empty() && self.later.waiting.is_empty()
    }

    fn queues(&mut self, rank: Rank) -> &mut Queues {
        match rank {
            Rank::First => &mut self.first,
            Rank::Later => &mut self.later,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Serves `count` requests; who they were of, in order.
    fn serve(turns: &mut Turns, waiting: &mut Vec<Ticket>, count: usize) -> Vec<(Rank, Asker)> {
        (0..count)
            .map(|_| {
                let next: Vec<Ticket> = waiting.iter().copied().filter(|ticket| turns.is_next(*ticket)).collect();
                assert_eq!(next.len(), 1, "exactly one is next");
                turns.served(next[0]);
                waiting.retain(|ticket| *ticket != next[0]);
                (next[0].rank, next[0].asker)
            })
            .collect()
    }

    #[test]
    fn a_task_with_a_hundred_requests_gets_no_more_turns_than_one_with_one() {
        let mut turns = Turns::default();
        let mut waiting: Vec<Ticket> = (0..100).map(|_| turns.enter(Rank::First, 1)).collect();
        waiting.extend([2, 3, 2].map(|asker| turns.enter(Rank::First, asker)));
        let askers: Vec<Asker> = serve(&mut turns, &mut waiting, 7).into_iter().map(|(_, asker)| asker).collect();
        assert_eq!(askers, [1, 2, 3, 1, 2, 1, 1]);
    }

    #[test]
    fn later_requests_of_all_tasks_share_the_tenth_turn() {
        let mut turns = Turns::default();
        let mut waiting: Vec<Ticket> = (0..40).map(|_| turns.enter(Rank::First, 1)).collect();
        for asker in [1, 2, 3] {
            waiting.extend([(); 5].map(|()| turns.enter(Rank::Later, asker)));
        }
        let served = serve(&mut turns, &mut waiting, 40);
        let later: Vec<(usize, Asker)> = served
            .iter()
            .enumerate()
            .filter(|(_, (rank, _))| *rank == Rank::Later)
            .map(|(place, (_, asker))| (place, *asker))
            .collect();
        assert_eq!(later, [(9, 1), (19, 2), (29, 3), (39, 1)]);
    }

    #[test]
    fn one_that_leaves_is_in_nobodys_way() {
        let mut turns = Turns::default();
        let (gone, stays) = (turns.enter(Rank::First, 1), turns.enter(Rank::Later, 2));
        assert!(turns.is_next(gone) && !turns.is_next(stays));
        turns.leave(gone);
        assert!(turns.is_next(stays));
        turns.served(stays);
        assert!(turns.is_empty());
    }
}
