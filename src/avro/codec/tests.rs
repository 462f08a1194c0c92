//! Every schema file parses, documents its fields, and writes the same bytes as the generic Avro encoder.

use apache_avro::types::Value;

use super::super::schema::FILES;
use super::*;
use crate::domain::attribution::Basis;
use crate::domain::contribution::{Contribution, ContributionKey, ContributionRow, ContributionWatermark};
use crate::domain::interaction::{Interaction, InteractionLeg, InteractionStatus, LegRole, Phase, PhaseKind};
use crate::domain::leg::{Leg, LegKey};
use crate::domain::media::{Dialect, MediaType};
use crate::domain::progress::{PassedWatermark, Progress, ProgressKey, SourcePartitionProgress};
use crate::domain::reconciliation::{Check, Reconciliation};
use crate::domain::row::{QueueInterval, QueueIntervalKey};
use crate::domain::slice::{SliceState, SliceStatus};
use crate::domain::time::TimeRange;
use crate::domain::watermark::Watermark;
use crate::emit::row::sample_row;
use crate::timeline::tests::sample_leg;

fn fields_without_doc(schema: &serde_json::Value, found: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(object) => {
            if let (Some(name), Some(_)) = (object.get("name"), object.get("type"))
                && object.get("doc").and_then(|doc| doc.as_str()).is_none_or(str::is_empty)
            {
                found.push(name.to_string());
            }
            object.values().for_each(|value| fields_without_doc(value, found));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| fields_without_doc(value, found)),
        _ => {}
    }
}

#[test]
fn every_schema_parses_and_documents_every_field() {
    for (name, text) in FILES {
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut found = Vec::new();
        fields_without_doc(&json, &mut found);
        assert!(found.is_empty(), "{name}: no doc on {found:?}");
        assert_eq!(json["name"], name);
        apache_avro::Schema::parse_str(text).unwrap();
    }
}

/// Writes by our codec, reads by the generic decoder, writes that by the generic encoder: the bytes must be the same.
fn round_trips<T: AvroRecord + PartialEq + std::fmt::Debug>(record: &T) {
    let codec = Codec::<T>::default();
    let framed = codec.framed(record).unwrap();
    assert_eq!(&codec.read_framed(&framed).unwrap(), record);
    assert!(positional::write(&codec.plan, record, &mut Vec::new()).is_ok(), "{} is written the long way", T::NAME);
    reads_alike(&codec, &framed[HEADER_BYTES..]);
    let schema = schema_of::<T>();
    let value: Value = codec.reader.read_value(&mut &framed[HEADER_BYTES..]).unwrap();
    let generic = GenericDatumWriter::builder(schema).build().unwrap().write_value_to_vec(value).unwrap();
    assert_eq!(generic, framed[HEADER_BYTES..], "{}", T::NAME);
    assert!(matches!(codec.read_framed(&framed[..framed.len() - 1]), Err(AvroError::Body { .. })));
    assert!(matches!(codec.read_framed(&framed[1..]), Err(AvroError::Frame { .. })));
    let longer = [framed.as_slice(), &[0]].concat();
    assert!(matches!(codec.read_framed(&longer), Err(AvroError::Rest { left: 1, .. })));
}

/// Reads by position what the general decoder reads, and of broken bytes nothing that it does not.
fn reads_alike<T: AvroRecord + PartialEq + std::fmt::Debug>(codec: &Codec<T>, body: &[u8]) {
    let by_position = |mut bytes: &[u8]| -> Option<T> {
        let read = reader::read(&codec.plan, &mut bytes).ok()?;
        bytes.is_empty().then_some(read)
    };
    let by_name = |mut bytes: &[u8]| -> Option<T> {
        let read = codec.reader.read_deser(&mut bytes).ok()?;
        bytes.is_empty().then_some(read)
    };
    assert!(by_position(body).is_some(), "{} is read the long way", T::NAME);
    assert_eq!(by_position(body), by_name(body), "{}", T::NAME);
    for at in 0..body.len() {
        assert_eq!(by_position(&body[..at]), None, "{} cut off at {at}", T::NAME);
        for flipped in [1, 2, 0x80] {
            let mut broken = body.to_vec();
            broken[at] ^= flipped;
            let read = by_position(&broken);
            assert!(read.is_none() || read == by_name(&broken), "{} broken at {at}: {read:?}", T::NAME);
        }
    }
}

fn interaction() -> Interaction {
    Interaction {
        org_id: "acme".into(),
        interaction_id: "i1".into(),
        conversation_id: Some("c1".into()),
        source: Dialect::InteractionDetails,
        version: 5,
        extracted_at: 5,
        content_hash: -7,
        status: InteractionStatus::Completed,
        start: 1,
        end: Some(2),
        legs: vec![InteractionLeg {
            role: LegRole::Row,
            participant_id: String::new(),
            session_id: "i1".into(),
            transfer_row: false,
            media_type: MediaType::Email,
            media_reported: Some("email".into()),
            queue_id: Some("q".into()),
            queue_name: None,
            user_id: None,
            direction: None,
            start: Some(1),
            end: None,
            wait_ms: None,
            talk_ms: Some(-1),
            hold_ms: None,
            system_hold_ms: None,
            wrap_ms: Some(1 << 40),
            agent_ms: None,
            dialing_ms: None,
            contacting_ms: None,
            reported_handle_ms: None,
            agent_wrap_at: None,
            wrapup_code_id: None,
            wrapup_code_name: None,
            transfers: Some(2),
            skill_set: "a|||b".into(),
            language: String::new(),
            service_level_target_ms: None,
            abandoned_at: None,
            flow_out_at: None,
            phases: vec![Phase { kind: PhaseKind::CustomerHold, start: 3, end: 4 }],
        }],
        direction: None,
        contact_hash: None,
        transfers: Vec::new(),
        dispositions: Vec::new(),
        raw: "{}".into(),
    }
}

fn reconciliation() -> Reconciliation {
    let origin = crate::reconcile::verdict::Origin { org_id: "acme".into(), written_at: 7 };
    let counted = crate::reconcile::verdict::counted(&origin, Check::JobCount, TimeRange { from: 1, to: 2 }, (3, 4));
    Reconciliation {
        queue_id: "q".into(),
        queue_name: Some("Billing".into()),
        attribution: Basis::Apportioned,
        late_handle_ms: -(1 << 40),
        theirs_aht_ms: Some(0.5),
        queues: "a,b".into(),
        ..counted
    }
}

#[test]
fn every_record_type_round_trips_byte_for_byte() {
    let held = vec![TimeRange { from: 1, to: 2 }];
    round_trips(&interaction());
    round_trips(&reconciliation());
    round_trips(&reconciliation().key());
    round_trips::<Watermark>(&Watermark {
        org_id: "acme".into(),
        source_partition: "interaction-details".into(),
        watermark: 9,
        interactions_offsets: vec![0, 12],
        plan_generation: 1,
        plan_size: 1,
        extract_start: 0,
        held: held.clone(),
        closed: true,
        written_at: 1,
    });
    round_trips::<SliceStatus>(&SliceStatus {
        org_id: "acme".into(),
        source_partition: "interaction-details".into(),
        from: 1,
        to: 2,
        revisit_ms: 0,
        state: SliceState::Done,
        pages: 1,
        rows: 2,
        open_rows: 0,
        native_count: Some(2),
        variance: Some(0.0),
        attempts: 1,
        windows: Some(2),
        last_error_class: None,
        written_at: 3,
    });
    let leg: Leg = sample_leg();
    round_trips::<LegKey>(&leg.key());
    round_trips(&leg);
    let key = QueueIntervalKey {
        org_id: "acme".into(),
        interval_start: 0,
        interval_length_s: 1800,
        queue_id: String::new(),
        media_type: MediaType::Unknown,
        skill_set: String::new(),
        language: String::new(),
        attribution: Basis::Apportioned,
    };
    round_trips(&key);
    round_trips::<QueueInterval>(&sample_row());
    round_trips(&ContributionKey { topic: "kpi.queue.pt30m".into(), row: vec![1, 2] });
    let row = ContributionRow {
        sums: vec![1],
        handle: vec![1],
        wait: vec![1],
        queue_name: None,
        service_level_target_ms: 20_000,
        attributes_version: 4,
        spans: Vec::new(),
        conversations: false,
        replace_revision: None,
        replace_restatements: None,
    };
    let watermark = ContributionWatermark {
        org_id: "acme".into(),
        legs_partition: 3,
        watermark: 4,
        extract_start: 0,
        closed: false,
        held: held.clone(),
    };
    round_trips(&Contribution { row: Some(row), watermark: None });
    round_trips(&Contribution { row: None, watermark: Some(watermark) });
    round_trips(&ProgressKey { room: "legs".into(), partition: 0 });
    round_trips(&Progress {
        input_offset: 4,
        watermarks_offset: 5,
        source_partitions: vec![SourcePartitionProgress {
            org_id: "acme".into(),
            source_partition: "x".into(),
            watermark: 1,
            plan_generation: 2,
            plan_size: 1,
            extract_start: 0,
            closed: false,
            held: held.clone(),
        }],
        passed: vec![PassedWatermark {
            org_id: "acme".into(),
            legs_partition: 0,
            watermark: 3,
            extract_start: 0,
            closed: true,
            held,
        }],
        rules_version: "v".into(),
        rules_text: "t".into(),
        previous_rules_text: None,
        rules_changed_at: None,
        range_start: Some(0),
        range_end: None,
        interactions_partitions: 4,
        contributions_partitions: 4,
        framing: "single-object".into(),
        legs_floor_offset: 0,
        written_at: 1,
    });
}
