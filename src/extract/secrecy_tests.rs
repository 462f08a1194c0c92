//! A whole run of a source under faults tells no secret: neither in logs of any level nor in any `Debug`. Edge.

use std::cell::Cell;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::task_tests::{run_until_complete, task};
use crate::config::privacy::PrivacyConfig;
use crate::config::secret::{ClientCredentials, Secret};
use crate::domain::causes::causes;
use crate::domain::time::format_instant;
use crate::genesys::fixture::{Reaction, Server, ok};

thread_local! {
    /// One listener for the whole process, that looks at one thread: what a thread alone listens to is lost where
    /// another one came by first, while nobody listened.
    static LISTENED_TO: Cell<bool> = const { Cell::new(false) };
}

/// Everything that is logged.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Captured;

    fn make_writer(&self) -> Captured {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_and_no_token_is_told_by_a_run_under_faults() {
    let captured = Captured::default();
    let of_this_thread = dynamic_filter_fn(|_, _| LISTENED_TO.get());
    let lines = tracing_subscriber::fmt::layer().with_writer(captured.clone()).with_ansi(false);
    tracing_subscriber::registry().with(lines.with_filter(of_this_thread)).init();
    LISTENED_TO.set(true);
    let number = Mutex::new(0);
    let server = Server::start(move |_| {
        let mut number = number.lock().unwrap();
        *number += 1;
        match *number {
            2 => Reaction::Status(401, None, r#"{"message":"token-1 is no longer good"}"#.to_owned()),
            4 => Reaction::Status(429, None, "{}".to_owned()),
            5 => Reaction::Truncated(r#"{"data":["#.to_owned()),
            6 => Reaction::Status(500, None, "token-2 is in trouble".to_owned()),
            at => ok(json!({"data": [{"id": format!("i-{at}"), "type": "voice", "status": "completed",
                "startTimestamp": format_instant(1_000), "ani": "+4930555", "customerName": "Ann Lee"}]})
            .to_string()),
        }
    })
    .await;
    let mut config = server.config();
    let key = |text: &str| Some(Secret::new(text.to_owned()));
    config.privacy = PrivacyConfig {
        contact_hash_key: key("contact-key-0123456789"),
        user_hash_key: key("user-key-0123456789"),
        ..PrivacyConfig::default()
    };
    config.secondary =
        Some(ClientCredentials { id: "other".to_owned(), secret: Secret::new("0ther-s3cret".to_owned()) });
    let log = Arc::default();
    let source = task(&config, &log, |_| None);
    let progress = source.progress();
    run_until_complete(source).await.unwrap();
    let mut wrong = config.clone();
    wrong.client_secret = Secret::new("wr0ng-s3cret".to_owned());
    let refused = run_until_complete(task(&wrong, &Arc::default(), |_| None)).await.unwrap_err();
    let logged = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("asking again after a repair") && logged.contains("logged in"), "{logged}");
    let publications = format!("{:?}", log.lock().unwrap().publications);
    let told = format!("{logged}\n{config:?}\n{progress:?}\n{refused:?}\n{}\n{publications}", causes(&refused));
    for secret in
        ["s3cret", "token-1", "token-2", "token-3", "contact-key", "user-key", "aWQ6czNjcmV0", "+4930555", "Ann Lee"]
    {
        assert!(!told.contains(secret), "{secret}: {}", told.lines().find(|line| line.contains(secret)).unwrap());
    }
}
