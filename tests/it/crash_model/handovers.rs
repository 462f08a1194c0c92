//! Edge: partitions are handed from one process to another while there is work to do.

use super::judge::wrong;
use super::story::{PARTITIONS, Story};
use crate::support::model::{Outcome, Processor, scene_of};

#[test]
fn partitions_handed_over_at_any_moment_go_on_where_they_stood() {
    let mut story = Story::told();
    let scene = scene_of(story.source.setup.clone());
    for lag in [0, 6] {
        for rounds in 0..24 {
            let model = story.model(lag, 1);
            let mut first = Processor::inheriting(&model, &scene);
            let mut second = Processor::new(&model, &scene);
            assert!(matches!(first.rounds(rounds), Outcome::Idle));
            second.ask_for(&model, 0);
            // Some of its rounds pass before the owner has let go, and some after.
            assert!(matches!(second.rounds(rounds % 3), Outcome::Idle));
            assert!(matches!(first.rounds(2), Outcome::Idle));
            assert!(matches!(second.rounds(3), Outcome::Idle));
            // Back again, and the other one beside.
            first.ask_for(&model, 0);
            second.ask_for(&model, PARTITIONS - 1);
            let outcome = Processor::run_together(&mut [&mut first, &mut second]);
            assert!(matches!(outcome, Outcome::Idle), "{outcome:?}");
            assert!(matches!(first.stop(), Outcome::Idle) && matches!(second.stop(), Outcome::Idle));
            let found = wrong(&mut story, &model);
            assert_eq!(found, Vec::<String>::new(), "handed over after {rounds} rounds, with a lag of {lag}");
        }
    }
}

#[test]
fn a_process_that_its_groups_have_forgotten_joins_them_anew() {
    let mut story = Story::told();
    let scene = scene_of(story.source.setup.clone());
    for rounds in 0..24 {
        let model = story.model(6, 1);
        let mut process = Processor::inheriting(&model, &scene);
        assert!(matches!(process.rounds(rounds), Outcome::Idle));
        process.be_forgotten(&model);
        let outcome = process.run();
        assert!(matches!(outcome, Outcome::Idle), "{outcome:?}");
        assert!(matches!(process.stop(), Outcome::Idle));
        assert_eq!(wrong(&mut story, &model), Vec::<String>::new(), "forgotten after {rounds} rounds");
    }
}
