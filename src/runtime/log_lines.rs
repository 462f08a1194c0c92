//! What a line of the log looks like: for people, or one JSON object an event. Edge: they go to standard error.

use std::io::IsTerminal;

use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A line for people, in colours on a terminal.
    #[default]
    Text,
    /// A JSON object on one line: timestamp, level, target, message and the event's own fields beside each other.
    Json,
}

impl Format {
    /// The format of a word, `text` or `json`.
    #[must_use]
    pub fn of(word: &str) -> Option<Format> {
        match word.trim() {
            "text" => Some(Format::Text),
            "json" => Some(Format::Json),
            _ => None,
        }
    }
}

/// Writes events to standard error.
#[must_use]
pub fn lines<S>(format: Format) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    lines_to(format, std::io::stderr().is_terminal(), std::io::stderr)
}

fn lines_to<S, W>(format: Format, colours: bool, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    match format {
        Format::Text => layer.with_ansi(colours).boxed(),
        Format::Json => layer.json().flatten_event(true).with_ansi(false).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// What is written of two events.
    fn written(format: Format) -> String {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let writer = move || Into(Arc::clone(&into));
        let subscriber = tracing_subscriber::registry().with(lines_to(format, false, writer));
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(reason = "status 429 (context id c-1)\nand more", wait_ms = 5, "page failed");
            tracing::info!("source begins");
        });
        let bytes = bytes.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    struct Into(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Into {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_json_object_on_one_line_with_its_fields() {
        let text = written(Format::Json);
        let events: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), 2, "{text}");
        assert_eq!((&events[0]["level"], &events[0]["message"]), (&"WARN".into(), &"page failed".into()));
        assert_eq!(events[0]["wait_ms"], 5);
        assert_eq!(events[0]["reason"], "status 429 (context id c-1)\nand more");
        assert!(events[1]["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{text}");
    }

    #[test]
    fn an_event_is_one_line_for_people() {
        let text = written(Format::Text);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains("page failed") && text.contains("wait_ms=5") && !text.contains('\u{1b}'), "{text}");
    }
}
