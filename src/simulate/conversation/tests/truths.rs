//! The truth of each dialect, against what was drawn. Pure.

use super::super::super::truth::conversation::{Stretch, TrueConversation, TrueTransferKind};
use super::super::model::{Next, VisitEnd};
use super::super::retell::true_conversation;
use super::super::shape::Shape;
use super::drawn::world;
use super::*;

fn pairs(world: &ConversationWorld, shape: Shape) -> Vec<(&Conversation, TrueConversation)> {
    world.told(world.range(), None).map(|told| (told, true_conversation(told, shape))).collect()
}

#[test]
fn stretches_are_disjoint_and_lie_within_the_leg() {
    let world = world(5_000);
    for shape in [Shape::Events, Shape::Details] {
        for (told, truth) in pairs(&world, shape) {
            for leg in &truth.legs {
                assert!(leg.stretches.windows(2).all(|pair| pair[0].2 <= pair[1].1), "{leg:?} of {told:?}");
                assert_eq!(leg.start, leg.stretches.iter().map(|(_, from, _)| *from).min().unwrap());
                assert_eq!(leg.end, leg.stretches.iter().map(|(.., to)| *to).max().unwrap());
                assert_eq!(leg.arrival.is_some(), leg.stretches[0].0 == Stretch::Wait);
                let wait_ms = leg.arrival.map_or(0, |arrival| {
                    leg.abandoned_at.or(leg.flow_out_at).map_or(leg.wait_ms, |left_at| left_at - arrival)
                });
                assert_eq!(leg.wait_ms, wait_ms);
            }
        }
    }
}

#[test]
fn each_visit_makes_one_arrival_that_is_answered_abandoned_or_flows_out() {
    let world = world(5_000);
    for shape in [Shape::Events, Shape::Details] {
        for (told, truth) in pairs(&world, shape) {
            let count = |of: fn(&VisitEnd) -> bool| told.visits.iter().filter(|visit| of(&visit.end)).count();
            let legs = |of: &dyn Fn(&super::super::super::truth::conversation::TrueLeg) -> bool| {
                truth.legs.iter().filter(|leg| of(leg)).count()
            };
            assert_eq!(legs(&|leg| leg.arrival.is_some()), told.visits.len());
            assert_eq!(legs(&|leg| leg.answered_at.is_some()), count(|end| matches!(end, VisitEnd::Answered(_))));
            assert_eq!(legs(&|leg| leg.abandoned_at.is_some()), count(|end| *end == VisitEnd::Abandoned));
            assert_eq!(legs(&|leg| leg.flow_out_at.is_some()), count(|end| *end == VisitEnd::FlowOut));
            assert!(truth.legs.iter().all(|leg| leg.user_id.is_some() || leg.talk_ms + leg.wrap_ms == 0));
        }
    }
}

#[test]
fn events_say_less_than_details() {
    let world = world(5_000);
    let unsaid = [Stretch::Alert, Stretch::Dialing, Stretch::Contacting, Stretch::Parked];
    let (mut fewer, mut shorter) = (0, 0);
    for ((told, events), (_, details)) in pairs(&world, Shape::Events).into_iter().zip(pairs(&world, Shape::Details)) {
        assert_eq!((events.direction, details.direction.is_some()), (None, true));
        assert!(events.legs.len() <= details.legs.len());
        fewer += details.legs.len() - events.legs.len();
        for leg in &events.legs {
            assert!(leg.stretches.iter().all(|(kind, ..)| !unsaid.contains(kind)), "{told:?}");
            assert!(leg.reported_handle_ms.is_none() && leg.language.is_empty() && !leg.skill_set.contains('|'));
            assert!(leg.transfers.iter().all(|transfer| transfer.kind == TrueTransferKind::Unknown));
        }
        for leg in &details.legs {
            assert_eq!(leg.system_hold_ms, 0);
            assert!(leg.transfers.iter().all(|transfer| !transfer.malformed));
        }
        let talk = |truth: &TrueConversation| truth.legs.iter().map(|leg| leg.talk_ms).sum::<i64>();
        assert!(talk(&events) <= talk(&details));
        shorter += i64::from(talk(&events) < talk(&details));
    }
    assert!(0 < fewer && 0 < shorter, "{fewer} {shorter}");
}

#[test]
fn a_transfer_leads_to_the_leg_that_follows_it() {
    let world = world(5_000);
    for shape in [Shape::Events, Shape::Details] {
        let (mut targets, mut lost) = (0, 0);
        for (told, truth) in pairs(&world, shape) {
            let made: usize = truth.legs.iter().map(|leg| leg.transfers.len()).sum();
            assert_eq!(made, told.transfers.len());
            for transfer in truth.legs.iter().flat_map(|leg| &leg.transfers) {
                if let Some(target) = transfer.target {
                    targets += 1;
                    assert_eq!(truth.legs[target].transferred_in_at, Some(transfer.at));
                    let consulted = transfer.kind == TrueTransferKind::Consult;
                    assert_eq!(truth.legs[target].start < transfer.at, consulted);
                    let queue = truth.legs[target].queue_id.as_ref().filter(|_| transfer.to_queue_id.is_some());
                    assert_eq!(transfer.to_queue_id.as_ref(), queue);
                }
                assert!(transfer.target.is_none() || !transfer.malformed);
            }
            let nowhere = told.transfers.iter().any(|transfer| transfer.next == Next::Nothing);
            let first = told.sessions.iter().any(super::super::model::AgentSession::wraps_first);
            let malformed = truth.legs.iter().any(|leg| leg.malformed);
            assert_eq!(malformed, first || (nowhere && shape == Shape::Events));
            lost += i32::from(malformed);
        }
        assert!(0 < targets && 0 < lost);
    }
}

#[test]
fn the_reported_handle_time_holds_talk_hold_wrap_up_dialing_and_contacting() {
    let world = world(5_000);
    let (mut equal, mut other) = (0, 0);
    for leg in world.conversations(world.range(), Shape::Details).flat_map(|truth| truth.legs) {
        let Some(reported_ms) = leg.reported_handle_ms else {
            assert_eq!((leg.talk_ms, leg.wrap_ms, leg.dialing_ms), (0, 0, 0));
            continue;
        };
        let parts_ms = leg.talk_ms + leg.customer_hold_ms + leg.wrap_ms + leg.dialing_ms + leg.contacting_ms;
        assert!(parts_ms <= reported_ms && reported_ms - parts_ms <= 20_000);
        if parts_ms == reported_ms { equal += 1 } else { other += 1 }
    }
    assert!(20 * other < equal && 0 < other, "{equal} {other}");
}

#[test]
fn every_topic_has_rows_whose_counts_agree_with_each_other() {
    use super::super::super::truth::settings::TruthSettings;
    let world = world(2_000);
    for shape in [Shape::Events, Shape::Details] {
        let count = |topic: &str, field: &str| -> i64 {
            let truth = world.truth(&TruthSettings::of_topic(topic).unwrap(), shape);
            truth.rows().map(|row| row[field].as_i64().unwrap()).sum()
        };
        let handled = count("kpi.org-total.p1d", "handled");
        assert!(100 < handled);
        for topic in
            ["kpi.queue.pt30m", "kpi.agent.pt15m.completion", "kpi.agent-total.p1d", "kpi.org.pt1h.apportioned"]
        {
            assert_eq!(count(topic, "handled"), handled, "{topic}");
        }
        let contacts = world.truth(&TruthSettings::of_topic("contacts").unwrap(), shape).rows().count();
        assert_eq!(count("kpi.org.pt30m", "contacts"), contacts as i64);
        assert_eq!(count("kpi.org.pt30m", "contact_handle_ms_sum"), count("contacts", "handle_ms"));
        assert!(world.truth(&TruthSettings::of_topic("transfers").unwrap(), shape).rows().next().is_some());
    }
}
