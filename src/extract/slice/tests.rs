//! Tests of how far the reading of a slice has come. Pure.

use super::*;

#[test]
fn a_rewind_forgets_exactly_what_will_be_read_again() {
    let mut slice = SliceReading::new(0, 100);
    for (start, row) in [(5, Taken::Ended), (7, Taken::Open), (7, Taken::SetAside)] {
        slice.take(Some(start), row);
    }
    assert_eq!((slice.resume_from, slice.counts.rows, slice.counts.selected), (7, 2, 3));
    assert_eq!((slice.position(), slice.counts.open_rows()), ((7, 2), 1));
    slice.rewind();
    assert_eq!((slice.counts.rows, slice.counts.selected, slice.counts.open_rows()), (1, 1, 0));
    slice.rewind();
    assert_eq!(slice.counts.rows, 1);
}

#[test]
fn rows_that_are_passed_over_count_once_however_often_a_query_returns_them() {
    let mut slice = SliceReading::new(5, 100);
    // What began before the slice comes with its first query only, once that is past the first row.
    slice.pass_over(1);
    slice.pass_over(3);
    slice.rewind();
    assert_eq!(slice.outside, 0, "the same query is asked again");
    slice.pass_over(1);
    slice.pass_over(3);
    slice.take(Some(7), Taken::Ended);
    slice.pass_over(7);
    assert_eq!(slice.read_total(), 4);
    slice.rewind();
    assert_eq!((slice.resume_from, slice.read_total()), (7, 2), "both of that instant come again");
    slice.pass_over(9);
    slice.take(Some(9), Taken::Ended);
    assert_eq!(slice.read_total(), 4);
    slice.rewind();
    assert_eq!((slice.resume_from, slice.read_total()), (9, 2), "whichever of them comes first");
    slice.take(Some(12), Taken::Ended);
    slice.pass_over(100);
    slice.rewind();
    assert_eq!((slice.resume_from, slice.outside), (12, 2), "what begins after the slice comes last");
}

#[test]
fn rows_out_of_order_make_a_dropped_token_begin_the_window_anew() {
    let mut slice = SliceReading::new(0, 100);
    for start in [5, 9, 6] {
        slice.take(Some(start), Taken::Ended);
    }
    assert!(slice.unordered);
    assert_eq!(slice.resume_from, 0);
    slice.take(Some(20), Taken::Open);
    assert_eq!(slice.resume_from, 0);
    slice.rewind();
    assert_eq!((slice.counts.rows, slice.counts.selected, slice.counts.open_rows()), (0, 0, 0));
}

#[test]
fn a_row_without_a_readable_start_is_counted_where_it_stands() {
    let mut slice = SliceReading::new(0, 100);
    slice.take(None, Taken::SetAside);
    slice.take(Some(3), Taken::Ended);
    slice.take(None, Taken::SetAside);
    assert_eq!((slice.resume_from, slice.counts.selected, slice.counts.rows), (3, 3, 1));
}
#[test]
fn windows_are_halved_down_to_a_second_and_each_begins_where_the_last_ended() {
    let mut slice = SliceReading::new(0, 10_000);
    slice.take(Some(7_000), Taken::Open);
    assert!(slice.narrow());
    // What was read of the window is read again.
    assert_eq!((slice.query(), slice.counts.selected), (TimeRange { from: 0, to: 5_000 }, 0));
    slice.take(Some(4_000), Taken::Ended);
    slice.native_count = Some(1);
    assert!(slice.next_window(true));
    assert_eq!((slice.query(), slice.counts.selected), (TimeRange { from: 5_000, to: 10_000 }, 1));
    assert!(slice.narrow());
    assert_eq!((slice.query(), slice.counts.selected), (TimeRange { from: 5_000, to: 7_000 }, 1));
    assert!(slice.narrow() && !slice.narrow());
    assert_eq!(slice.query(), TimeRange { from: 5_000, to: 6_000 });
    let mut windows = 2;
    while slice.next_window(false) {
        windows += 1;
    }
    assert_eq!((windows, slice.windows()), (6, 6));
    assert_eq!(slice.window(), TimeRange { from: 9_000, to: 10_000 });
}

#[test]
fn the_platforms_count_is_that_of_all_windows_and_unknown_when_one_is_not_counted() {
    let mut slice = SliceReading::new(0, 3_000);
    slice.window_ms = 1_000;
    for (start, outside) in [(10, 1), (1_010, 0)] {
        slice.take(Some(start), Taken::Ended);
        slice.native_count = Some(1 + outside);
        slice.outside = outside;
        slice.next_window(true);
    }
    assert_eq!((slice.native_total(), slice.read_total()), (None, 3), "the third was not asked for yet");
    slice.native_count = Some(5);
    assert_eq!(slice.native_total(), Some(8));
    slice.before.native_count = None;
    assert_eq!(slice.native_total(), None);
}

#[test]
fn rows_out_of_order_in_a_window_leave_the_windows_before_it_alone() {
    let mut slice = SliceReading::new(0, 10_000);
    slice.window_ms = 5_000;
    slice.take(Some(100), Taken::Open);
    slice.next_window(true);
    for start in [6_000, 9_000, 7_000] {
        slice.take(Some(start), Taken::Ended);
    }
    assert_eq!((slice.resume_from, slice.counts.rows, slice.tail.rows), (5_000, 4, 3));
    slice.rewind();
    assert_eq!((slice.counts.rows, slice.counts.open_rows()), (1, 1));
}

#[test]
fn a_reading_that_was_stored_before_there_were_windows_is_one_window() {
    let old = r#"{"from":0,"to":10,"resume_from":4,"first_asked_at":null,"pages":1,"attempts":1,
        "counts":{"rows":1,"selected":1,"open":{}},"tail":{"rows":1,"selected":1,"open":{}}}"#;
    let slice: SliceReading = serde_json::from_str(old).unwrap();
    assert_eq!((slice.query(), slice.windows()), (TimeRange { from: 4, to: 10 }, 1));
}
