//! Nothing is lost and the watermark is never ahead, whatever fails and wherever the source dies. Pure.

use proptest::prelude::*;

use super::world::*;
use crate::extract::plan::Lane;

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        12 => Just(Fault::None),
        2 => Just(Fault::Refused),
        1 => Just(Fault::EmptyPage),
        1 => Just(Fault::CrashBefore),
        1 => Just(Fault::CrashAfter),
    ]
}

prop_compose! {
    /// Few distinct starts, so that instants are shared by more rows than a page has.
    fn some_rows()(spots in prop::collection::vec((0..70_i64, 0..40_i64), 1..160)) -> Vec<FakeRow> {
        let row = |(number, (spot, length)): (usize, &(i64, i64))| {
            let start = spot * 5 * MINUTE;
            FakeRow { id: format!("i-{number:04}"), start, end: start + length * 4 * MINUTE }
        };
        spots.iter().enumerate().map(row).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_is_lost_under_faults_and_crashes_at_any_step(
        rows in some_rows(),
        page_size in 1..9_usize,
        to_is_included in any::<bool>(),
        says_total in any::<bool>(),
        tells_running in any::<bool>(),
        live in any::<bool>(),
        hits_more in prop::option::of(0..40_usize),
        ahead in 0..4_usize,
        steps in prop::collection::vec((any::<bool>(), fault()), 0..300),
    ) {
        // No instant alone selects too much.
        let busiest = rows.iter().map(|row| rows.iter().filter(|o| o.start == row.start).count()).max().unwrap_or(0);
        let mut platform = FakePlatform::new(rows, page_size);
        // What goes on at an instant cannot be narrowed away.
        platform.hits_max = hits_more.filter(|_| !tells_running).map_or(usize::MAX, |more| busiest + more);
        platform.tells_running = tells_running;
        platform.to_is_included = to_is_included;
        platform.says_total = says_total;
        let mut world = World::new(platform, settings(), if live { HOUR } else { 30 * DAY });
        world.ahead = ahead;
        for (fresh, fault) in steps {
            // An empty page is only told from the end by the total.
            let fault = if fault == Fault::EmptyPage && !says_total { Fault::Refused } else { fault };
            world.step(if fresh { Lane::Fresh } else { Lane::Revisit }, fault);
            if live && !fresh {
                world.now += 20_000;
            }
        }
        world.run_until_settled();
        world.check_everything_read();
        prop_assert!(world.dead_letters.is_empty());
        prop_assert!(world.watermarks.last().is_some_and(|watermark| watermark.closed));
    }

    #[test]
    fn one_crash_at_each_step_repeats_at_most_the_rows_of_one_instant_in_history(
        rows in some_rows(),
        page_size in 1..9_usize,
        crash_at in 0..120_usize,
        before in any::<bool>(),
    ) {
        let busiest = rows.iter().map(|row| rows.iter().filter(|o| o.start == row.start).count()).max().unwrap_or(0);
        let mut world = World::new(FakePlatform::new(rows, page_size), settings(), 30 * DAY);
        for _ in 0..crash_at {
            world.step(Lane::Fresh, Fault::None);
        }
        world.step(Lane::Fresh, if before { Fault::CrashBefore } else { Fault::CrashAfter });
        world.run_until_settled();
        world.check_everything_read();
        let in_range = world.platform.rows.iter().filter(|row| row.start < 6 * HOUR).count();
        prop_assert!(world.interactions.len() <= in_range + busiest);
    }
}
