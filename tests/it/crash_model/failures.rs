//! Edge: calls fail in each of the ways that a client may report, and the process goes on by itself.

use super::crashes::{calls_of, run_to_the_end};
use super::judge::wrong;
use super::story::Story;
use crate::support::model::{Fault, Refusal};

const WAYS: [(Refusal, bool); 7] = [
    (Refusal::Transient, false),
    (Refusal::Abortable, false),
    (Refusal::Fenced, false),
    (Refusal::Fenced, true),
    (Refusal::Replace, false),
    (Refusal::Replace, true),
    (Refusal::Transient, true),
];

#[test]
fn no_failure_of_a_call_changes_a_number_or_ends_a_process() {
    let mut story = Story::told();
    let calls = calls_of(&mut story, 2);
    let mut tried = 0;
    for (call, doing) in calls.iter().enumerate() {
        for (refusal, after) in WAYS.into_iter().filter(|(refusal, after)| refusal.may_befall(doing, *after)) {
            let model = story.model(6, 2);
            model.befall([(call, Fault::Refuse { refusal, after })]);
            let processes = run_to_the_end(&story, &model);
            let what = format!("{refusal:?}, after its effect: {after}, at call {call}, {doing}");
            assert_eq!(processes, 1, "{what}");
            // What fails while a process stops is left to the next one.
            assert_eq!(run_to_the_end(&story, &model), 1, "{what}");
            assert_eq!(wrong(&mut story, &model), Vec::<String>::new(), "{what}");
            tried += 1;
        }
    }
    assert!(calls.len() < tried, "{tried} failures were tried");
}

/// What comes after a commit whose markers are lost would be taken for its end: another commit where it has written, an
/// abort, or that of a successor.
#[test]
fn nothing_that_follows_a_commit_without_markers_changes_a_number() {
    let mut story = Story::told();
    let calls = calls_of(&mut story, 1);
    let refused = Fault::Refuse { refusal: Refusal::Abortable, after: false };
    let mut tried = 0;
    for (commit, _) in calls.iter().enumerate().filter(|(_, doing)| **doing == "commit") {
        let more = calls[commit + 1..].iter().enumerate().map(|(after, doing)| (commit + 1 + after, *doing));
        let aborts = more.clone().take(8).filter(|(_, doing)| Refusal::Abortable.may_befall(doing, false));
        let crashes = more.filter(|(_, doing)| ["begin", "send", "commit"].contains(doing)).take(6);
        let then = aborts.map(|(call, doing)| (call, doing, refused));
        let crash = Fault::Crash { after: false };
        for (later, doing, fault) in then.chain(crashes.map(|(call, doing)| (call, doing, crash))) {
            let model = story.model(6, 1);
            model.befall([(commit, Fault::LoseMarkers), (later, fault)]);
            run_to_the_end(&story, &model);
            // Where no transaction follows, the next process ends what was left.
            run_to_the_end(&story, &model);
            let what = format!("markers lost at call {commit}, {fault:?} at call {later}, {doing}");
            assert_eq!(wrong(&mut story, &model), Vec::<String>::new(), "{what}");
            tried += 1;
        }
    }
    assert!(100 < tried, "{tried} pairs were tried");
}

/// What an abort without markers leaves would be committed with the next transaction.
#[test]
fn an_abort_without_markers_changes_no_number() {
    let mut story = Story::told();
    let calls = calls_of(&mut story, 1);
    let refused = Fault::Refuse { refusal: Refusal::Abortable, after: false };
    for call in (0..calls.len()).filter(|call| ["drain", "send_offset", "commit"].contains(&calls[*call])) {
        let model = story.model(6, 1);
        model.befall([(call, refused), (call + 1, Fault::LoseMarkers)]);
        run_to_the_end(&story, &model);
        assert_eq!(model.calls()[call + 1], "abort");
        run_to_the_end(&story, &model);
        assert_eq!(wrong(&mut story, &model), Vec::<String>::new(), "aborted at call {call}, {}", calls[call]);
    }
}

#[test]
fn a_call_that_fails_again_and_again_is_got_over() {
    let mut story = Story::told();
    let calls = calls_of(&mut story, 2);
    for refusal in [Refusal::Abortable, Refusal::Replace] {
        let first = calls.iter().position(|doing| *doing == "send").expect("something is sent");
        let model = story.model(6, 2);
        model.befall((first..first + 200).step_by(3).map(|call| (call, Fault::Refuse { refusal, after: false })));
        assert_eq!(run_to_the_end(&story, &model), 1, "{refusal:?}");
        assert_eq!(wrong(&mut story, &model), Vec::<String>::new(), "{refusal:?}");
    }
}

#[test]
fn group_offsets_that_expired_or_were_altered_are_corrected_from_progress() {
    use handletime::domain::progress::Room;

    use crate::support::model::{Outcome, Processor, scene_of};

    let mut story = Story::told();
    let scene = scene_of(story.source.setup.clone());
    let model = story.model(0, 1);
    let group = scene.names.group(Room::Legs);
    let mut first = Processor::inheriting(&model, &scene);
    assert!(matches!(first.rounds(6), Outcome::Idle));
    assert!(matches!(first.stop(), Outcome::Idle));
    let before = model.group_offset(&group, 0).expect("something was committed");
    model.alter_group_offset(&group, 0, Some(0));
    model.alter_group_offset(&group, 1, None);
    run_to_the_end(&story, &model);
    assert!(before < model.group_offset(&group, 0).expect("committed again"));
    assert!(model.group_offset(&group, 1).is_some());
    assert_eq!(wrong(&mut story, &model), Vec::<String>::new());
}
