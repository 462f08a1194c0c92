//! The drawn conversations, their truth and their two tellings. Pure.

mod drawn;

mod truths;

mod told;

mod over_time;

mod pages;

mod filters;

use super::model::Conversation;
use super::world::ConversationWorld;
use crate::domain::time::{InstantMs, parse_instant};
