//! Page tokens: single use, short-lived, and dead after any request that named them. Pure; time is passed in.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use super::chance::mix;
use super::page::Cursor;
use super::query::DetailsQuery;
use super::row::id_text;

/// Tokens that are remembered. Fewer could forget one in use by many parallel readers; more is memory for nothing.
const TOKENS_MAX: usize = 10_000;

/// Ten minutes: a token's life. Shorter would kill tokens of honest slow readers; longer would not be time-bound.
const LIFE_US: i64 = 600_000_000;

/// What a token that is used up, expired or unknown is answered with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenReuse {
    /// 410 Gone.
    Gone,
    /// 200 with no rows: the trap for readers that trust it.
    Empty,
    /// One, then the other.
    #[default]
    Alternate,
}

/// What a token stands for: the request that it was given to, and where that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The request.
    pub query: DetailsQuery,
    /// Where its next page begins.
    pub cursor: Cursor,
}

/// The tokens given out and not yet used.
#[derive(Debug)]
pub struct PageTokens {
    seed: u64,
    minted: u64,
    dead_answers: u64,
    live: BTreeMap<String, (Continuation, i64)>,
    order: VecDeque<String>,
}

impl PageTokens {
    /// No tokens yet.
    #[must_use]
    pub fn new(seed: u64) -> PageTokens {
        PageTokens { seed, minted: 0, dead_answers: 0, live: BTreeMap::new(), order: VecDeque::new() }
    }

    /// A token for what follows; the oldest one is forgotten when there are too many.
    pub fn mint(&mut self, continuation: Continuation, now_us: i64) -> String {
        let half = |half: u64| u128::from(mix(&[self.seed, 0x70_6167_6573, self.minted, half]));
        let token = format!("page.{}", id_text(half(0) << 64 | half(1)));
        self.minted += 1;
        if TOKENS_MAX <= self.order.len()
            && let Some(oldest) = self.order.pop_front()
        {
            self.live.remove(&oldest);
        }
        self.live.insert(token.clone(), (continuation, now_us));
        self.order.push_back(token.clone());
        token
    }

    /// Uses the token up, whatever becomes of the request; `None` when it was no longer or never good.
    pub fn take(&mut self, token: &str, now_us: i64) -> Option<Continuation> {
        let (continuation, minted_us) = self.live.remove(token)?;
        (now_us - minted_us < LIFE_US).then_some(continuation)
    }

    /// Whether the next dead token is answered with 410, else with no rows.
    pub fn answers_gone(&mut self, reuse: TokenReuse) -> bool {
        self.dead_answers += 1;
        match reuse {
            TokenReuse::Gone => true,
            TokenReuse::Empty => false,
            TokenReuse::Alternate => (self.dead_answers + self.seed).is_multiple_of(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::{Column, DetailsQuery};
    use super::*;
    use crate::domain::time::TimeRange;

    fn continuation() -> Continuation {
        let range = TimeRange { from: 0, to: 10 };
        let query = DetailsQuery { range, filters: Vec::new(), select: vec![Column::Id], size: 10 };
        Continuation { query, cursor: Cursor { after: (1, 1), served: 10 } }
    }

    #[test]
    fn a_token_is_good_for_one_use_within_its_life() {
        let mut tokens = PageTokens::new(7);
        let token = tokens.mint(continuation(), 0);
        assert_eq!(tokens.take(&token, 1), Some(continuation()));
        assert_eq!(tokens.take(&token, 2), None);
        assert_eq!(tokens.take("made up", 2), None);
        let old = tokens.mint(continuation(), 0);
        assert_eq!(tokens.take(&old, LIFE_US), None);
    }

    #[test]
    fn dead_tokens_are_answered_in_turn_and_tokens_come_from_the_seed() {
        let mut tokens = PageTokens::new(7);
        let first = tokens.answers_gone(TokenReuse::Alternate);
        assert_ne!(first, tokens.answers_gone(TokenReuse::Alternate));
        assert!(tokens.answers_gone(TokenReuse::Gone) && !tokens.answers_gone(TokenReuse::Empty));
        let other = PageTokens::new(8).mint(continuation(), 0);
        assert_eq!(PageTokens::new(7).mint(continuation(), 5), PageTokens::new(7).mint(continuation(), 0));
        assert_ne!(PageTokens::new(7).mint(continuation(), 0), other);
    }

    #[test]
    fn the_oldest_tokens_are_forgotten_when_there_are_too_many() {
        let mut tokens = PageTokens::new(7);
        let first = tokens.mint(continuation(), 0);
        for _ in 0..TOKENS_MAX {
            tokens.mint(continuation(), 0);
        }
        assert_eq!(tokens.take(&first, 1), None);
        assert!(tokens.live.len() <= TOKENS_MAX);
    }
}
