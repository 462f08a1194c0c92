//! The delivery contract over the in-process log.

use super::*;
use crate::avro::Codec;
use crate::domain::watermark::Watermark;
use crate::timeline::tests::flat_row;

fn publisher(log: &Log) -> EmbeddedPublisher {
    let of = SourcePartition {
        pipeline: "default".into(),
        org_id: "acme".into(),
        source_partition: "interaction-details".into(),
        connector: "genesys".into(),
    };
    EmbeddedPublisher::new(log.clone(), of)
}

fn publication(ids: &[&str], offset: &str) -> Publication {
    let row = |id: &&str| flat_row(id, "2024-01-15T10:00:00Z", "2024-01-15T10:05:00Z");
    Publication {
        interactions: ids.iter().map(row).collect(),
        watermark: Some(Watermark {
            org_id: "acme".into(),
            source_partition: "interaction-details".into(),
            watermark: 5,
            interactions_offsets: Vec::new(),
            plan_generation: 1,
            plan_size: 1,
            extract_start: 0,
            held: Vec::new(),
            closed: false,
            written_at: 0,
        }),
        offset: offset.to_owned(),
        ..Publication::default()
    }
}

fn watermarks(log: &Log) -> Vec<Vec<i64>> {
    let codec = Codec::<Watermark>::default();
    let records = log.read(topic::WATERMARKS, 0, 0, usize::MAX);
    records
        .iter()
        .map(|record| codec.read_framed(record.value.as_deref().unwrap()).unwrap().interactions_offsets)
        .collect()
}

#[test]
fn a_watermark_names_the_offset_after_the_last_record_and_not_the_commit_marker() {
    let log = Log::new(1, 1);
    let mut source = publisher(&log);
    assert_eq!(source.claim().unwrap(), Claimed::default());
    source.publish(&publication(&["a", "b"], "{}")).unwrap();
    source.publish(&publication(&[], "{}")).unwrap();
    source.publish(&publication(&["c"], "{}")).unwrap();
    assert_eq!(watermarks(&log), [[2], [2], [4]]);
}

#[test]
fn a_restarted_source_goes_on_from_the_committed_offset_and_its_offsets_of_interactions() {
    let log = Log::new(2, 2);
    let mut first = publisher(&log);
    first.claim().unwrap();
    first.publish(&publication(&["a", "b", "c", "d"], r#"{"cursor":1}"#)).unwrap();
    let mut second = publisher(&log);
    assert_eq!(second.claim().unwrap().offset.as_deref(), Some(r#"{"cursor":1}"#));
    second.publish(&publication(&[], r#"{"cursor":2}"#)).unwrap();
    assert_eq!(watermarks(&log)[1], watermarks(&log)[0], "nothing was delivered in between");
    assert_eq!(publisher(&log).claim().unwrap().offset.as_deref(), Some(r#"{"cursor":2}"#));
}

#[test]
fn a_source_that_claims_fences_its_predecessor_which_then_publishes_nothing() {
    let log = Log::new(1, 1);
    let (mut first, mut second) = (publisher(&log), publisher(&log));
    assert!(matches!(first.publish(&publication(&["a"], "{}")), Err(PublishError::Retry(_))), "not claimed yet");
    first.claim().unwrap();
    second.claim().unwrap();
    assert!(matches!(first.publish(&publication(&["a"], "{}")), Err(PublishError::Fenced)));
    assert_eq!(log.topics(), Vec::<String>::new());
    second.publish(&publication(&["a"], "{}")).unwrap();
    assert_eq!(log.read(topic::INTERACTIONS, 0, 0, 10).len(), 1);
}

#[test]
fn a_publication_whose_offset_is_no_object_leaves_nothing_behind() {
    let log = Log::new(1, 1);
    let mut source = publisher(&log);
    source.claim().unwrap();
    assert!(matches!(source.publish(&publication(&["a"], "7")), Err(PublishError::Fatal(_))));
    assert_eq!(log.end_offset(topic::INTERACTIONS, 0), 0);
}

#[test]
fn names_are_read_back_by_the_next_source_of_the_same_organisation_and_by_no_other() {
    let log = Log::new(2, 1);
    let one = |id: &str, name: &str, deleted: bool| {
        let (org_id, id, name) = ("acme".to_owned(), id.to_owned(), name.to_owned());
        (
            Kind::Queue,
            Reference { org_id, id, name, deleted, service_level_chat_ms: Some(40_000), ..Reference::default() },
        )
    };
    let mut source = publisher(&log);
    source.claim().unwrap();
    let with = |reference: Vec<(Kind, Reference)>| Publication { reference, ..publication(&[], "{}") };
    source.publish(&with(vec![one("q-1", "Sales", false), one("q-2", "Orders", false)])).unwrap();
    source.publish(&with(vec![one("q-2", "Orders", true)])).unwrap();
    let mut next = publisher(&log);
    next.claim().unwrap();
    assert_eq!(next.reference().unwrap(), [one("q-1", "Sales", false), one("q-2", "Orders", true)]);
    let mut other = publisher(&log);
    other.of.org_id = "other".to_owned();
    assert_eq!(other.reference().unwrap(), []);
}
