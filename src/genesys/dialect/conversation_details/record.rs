//! The record as it is nested, with the fields that the reader uses: all optional, times and numbers checked. Pure.

use serde::Deserialize;

use crate::domain::time::InstantMs;
use crate::genesys::wire::fields::{DURATION_MS_MAX, instant};

/// A conversation.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Conversation {
    pub conversation_id: Option<String>,
    pub conversation_start: Option<String>,
    pub conversation_end: Option<String>,
    pub originating_direction: Option<String>,
    pub participants: Option<Vec<Participant>>,
}

/// A participant.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Participant {
    pub participant_id: Option<String>,
    pub purpose: Option<String>,
    pub user_id: Option<String>,
    pub sessions: Option<Vec<RawSession>>,
}

/// A session as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RawSession {
    pub session_id: Option<String>,
    pub media_type: Option<String>,
    pub direction: Option<String>,
    segments: Option<Vec<RawSegment>>,
    metrics: Option<Vec<RawMetric>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSegment {
    segment_type: Option<String>,
    segment_start: Option<String>,
    segment_end: Option<String>,
    disconnect_type: Option<String>,
    queue_id: Option<String>,
    requested_language_id: Option<String>,
    requested_routing_skill_ids: Option<Vec<String>>,
    wrap_up_code: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawMetric {
    name: Option<String>,
    value: Option<serde_json::Number>,
    emit_date: Option<String>,
}

/// A stretch of a session, its times read.
#[derive(Debug)]
pub(super) struct Segment {
    pub word: String,
    pub start: InstantMs,
    pub end: Option<InstantMs>,
    pub disconnect_type: Option<String>,
    pub queue_id: Option<String>,
    pub language_id: Option<String>,
    pub skill_ids: Vec<String>,
    pub code: Option<String>,
}

/// A metric of a session, its value read.
#[derive(Debug)]
pub(super) struct Metric {
    pub name: String,
    pub value: i64,
    pub emitted_at: Option<InstantMs>,
}

/// What a session says, in order of time.
#[derive(Debug, Default)]
pub(super) struct Session {
    pub segments: Vec<Segment>,
    pub metrics: Vec<Metric>,
}

impl RawSession {
    /// The session with its times and numbers.
    ///
    /// # Errors
    /// The rule that one of them breaks.
    pub(super) fn read(&mut self) -> Result<Session, String> {
        let segments = self.segments.take().unwrap_or_default().into_iter().map(segment);
        let metrics = self.metrics.take().unwrap_or_default().into_iter().filter_map(|raw| metric(raw).transpose());
        let mut session =
            Session { segments: segments.collect::<Result<_, _>>()?, metrics: metrics.collect::<Result<_, _>>()? };
        // A total order, so that the list's own means nothing.
        session.segments.sort_by(|a, b| {
            let place = |segment: &Segment| (segment.start, segment.end.unwrap_or(InstantMs::MAX));
            let rest = |segment: &Segment| (segment.word.clone(), segment.queue_id.clone(), segment.code.clone());
            place(a).cmp(&place(b)).then_with(|| rest(a).cmp(&rest(b)))
        });
        session.metrics.sort_by(|a, b| (a.emitted_at, &a.name, a.value).cmp(&(b.emitted_at, &b.name, b.value)));
        Ok(session)
    }
}

/// A text that is there and not empty.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// An instant, where there is one.
///
/// # Errors
/// When it cannot be read.
pub(super) fn at(field: &str, text: Option<&str>) -> Result<Option<InstantMs>, String> {
    text.filter(|text| !text.is_empty()).map(|text| instant(field, text)).transpose()
}

fn segment(raw: RawSegment) -> Result<Segment, String> {
    let start = at("segmentStart", raw.segment_start.as_deref())?.ok_or("a segment has a segmentStart")?;
    let end = at("segmentEnd", raw.segment_end.as_deref())?;
    if end.is_some_and(|end| end < start) {
        return Err("a segment does not end before it starts".to_owned());
    }
    Ok(Segment {
        word: raw.segment_type.unwrap_or_default().to_ascii_lowercase(),
        start,
        end,
        disconnect_type: said(raw.disconnect_type),
        queue_id: said(raw.queue_id),
        language_id: said(raw.requested_language_id),
        skill_ids: raw.requested_routing_skill_ids.unwrap_or_default(),
        code: said(raw.wrap_up_code),
    })
}

/// A metric; `None` for one without a name or a value.
fn metric(raw: RawMetric) -> Result<Option<Metric>, String> {
    let (Some(name), Some(value)) = (said(raw.name), raw.value) else { return Ok(None) };
    // Decimals are rounded to the whole unit; the cast saturates and the range is checked below.
    let value = value.as_i64().or_else(|| value.as_f64().map(|value| value.round() as i64)).unwrap_or(i64::MAX);
    // Timers and counters; observations may be anything.
    if name.starts_with(['t', 'n']) {
        if value < 0 {
            return Err(format!("{name} is not negative"));
        }
        if DURATION_MS_MAX < value {
            return Err(format!("{name} is at most {DURATION_MS_MAX}"));
        }
    }
    Ok(Some(Metric { emitted_at: at("emitDate", raw.emit_date.as_deref())?, name, value }))
}

impl Session {
    /// The sum of a metric's values; `None` when the session has none of that name.
    pub(super) fn sum(&self, name: &str) -> Option<i64> {
        let mut values = self.metrics.iter().filter(|metric| metric.name == name).map(|metric| metric.value).peekable();
        // Values are bounded, so that a session would need millions of them to overflow.
        values.peek().is_some().then(|| values.fold(0, i64::saturating_add))
    }

    /// When a metric was last emitted.
    pub(super) fn emitted_at(&self, name: &str) -> Option<InstantMs> {
        self.metrics.iter().filter(|metric| metric.name == name).filter_map(|metric| metric.emitted_at).max()
    }

    /// First instant of its segments.
    pub(super) fn start(&self) -> Option<InstantMs> {
        self.segments.first().map(|segment| segment.start)
    }

    /// First instant after all its segments; `None` while one is under way.
    pub(super) fn end(&self) -> Option<InstantMs> {
        if self.segments.iter().any(|segment| segment.end.is_none()) {
            return None;
        }
        self.segments.iter().filter_map(|segment| segment.end).max()
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.metrics.is_empty()
    }
}
