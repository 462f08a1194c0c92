//! The whole page, and the part of it that is fetched again. Pure.

use std::sync::Arc;

use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

use super::headline::{figures, headline, sentence};
use super::intervals::intervals;
use super::machinery::{build, connectors, kafka};
use super::processing::processing;
use super::slices::slices;
use super::sources::sources;
use super::words::{Clock, count};
use super::{assets, retrying};
use crate::status::snapshot::Snapshot;
use crate::status::today::{QueueDay, Today};

/// What of it is looked at: the address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// `pipeline.name`.
    pub pipeline: Option<String>,
    /// [`QueueDay::key`].
    pub queue: Option<String>,
}

impl View {
    /// Reads the query of an address; what it does not know is left aside.
    #[must_use]
    pub fn of(query: &str) -> View {
        let mut view = View::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "pipeline" => view.pipeline = Some(value.into_owned()),
                "queue" => view.queue = Some(value.into_owned()),
                _ => {}
            }
        }
        view
    }

    /// The pipeline that is asked for, else the first.
    pub(super) fn pipeline_of<'a>(&self, days: &'a [Arc<Today>]) -> Option<&'a Today> {
        let asked = days.iter().find(|day| Some(&day.pipeline) == self.pipeline.as_ref());
        asked.or_else(|| days.first()).map(Arc::as_ref)
    }

    /// The queue that is asked for, else the one that handled most.
    pub(super) fn queue_of<'a>(&self, today: &'a Today) -> Option<&'a QueueDay> {
        let asked = today.queues.iter().find(|queue| Some(&queue.key) == self.queue.as_ref());
        asked.or_else(|| today.queues.first())
    }
}

/// The page. `token` goes with each request to retry; without one nothing can be asked for from here.
#[must_use]
pub fn document(snapshot: &Snapshot, view: &View, token: Option<&str>) -> String {
    let verdict = snapshot.verdict.health;
    let title = format!("{} · handletime", sentence(verdict));
    let body = html! {
        header.top {
            div.wide {
                p.brand { a href="/status" { "handletime" } }
                nav aria-label="Sections" {
                    ul {
                        @for (id, word) in links(snapshot) { li { a href=(format!("#{id}")) { (word) } } }
                        li { a href="/status.json" { "JSON" } }
                        li { a href="/metrics" { "Metrics" } }
                    }
                }
            }
        }
        main.wide id="main" {
            h1.unseen { "Status of handletime" }
            p id="stale" role="alert" hidden {}
            div id="live" { (fragment(snapshot, view, token)) }
        }
    };
    framed(&title, &body).into_string()
}

/// What the script fetches again and again.
#[must_use]
pub fn fragment(snapshot: &Snapshot, view: &View, token: Option<&str>) -> Markup {
    let vitals = &snapshot.vitals;
    let zone = view.pipeline_of(&snapshot.today).and_then(|today| today.zone.parse().ok()).unwrap_or(Tz::UTC);
    let clock = Clock { now: vitals.at, zone };
    html! {
        (headline(&snapshot.verdict, &clock))
        (figures(snapshot))
        (intervals(&snapshot.today, view, &clock))
        (sources(&vitals.sources, &clock))
        (slices(&vitals.sources, token, &clock))
        (processing(&vitals.sources, &vitals.processors, &clock))
        (connectors(&vitals.connectors))
        (kafka(&vitals.kafka, &vitals.processors))
        (build(vitals, &clock))
        footer {
            p { "As of " (clock.at(vitals.at)) ". Counts are since the process started, " (clock.at(vitals.started_at)) "." }
        }
    }
}

/// A page of one sentence: what came of a request to retry.
#[must_use]
pub fn notice(outcome: &Result<usize, String>) -> String {
    let (title, text) = match outcome {
        Ok(1) => ("Asked for", "1 held range is read again. It stays held until it was read whole.".to_owned()),
        Ok(0) => ("Nothing to do", "Nothing is held in that range any more.".to_owned()),
        Ok(many) => (
            "Asked for",
            format!("{} held ranges are read again. Each stays held until it was read whole.", count(*many as u64)),
        ),
        Err(cause) => ("Not asked for", cause.clone()),
    };
    framed(&format!("{title} · handletime"), &retrying::notice(title, &text)).into_string()
}

fn links(snapshot: &Snapshot) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("intervals", "Intervals", !snapshot.today.is_empty()),
        ("freshness", "Freshness", true),
        ("slices", "Slices", !snapshot.vitals.sources.is_empty()),
        ("outcomes", "Outcomes", true),
        ("connectors", "Connectors", !snapshot.vitals.connectors.is_empty()),
        ("kafka", "Kafka", true),
        ("build", "Build", true),
    ];
    all.into_iter().filter(|(_, _, there)| *there).map(|(id, word, _)| (id, word)).collect()
}

fn framed(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="icon" href=(assets::ICON.address()) type="image/svg+xml";
                link rel="stylesheet" href=(assets::STYLE.address());
                script src=(assets::SCRIPT.address()) defer {}
                noscript { meta http-equiv="refresh" content="15"; }
            }
            body { a.skip href="#main" { "Skip to the status" } (body) }
        }
    }
}
