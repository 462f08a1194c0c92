//! A whole run of a source under faults tells no secret: neither in logs of any level nor in any `Debug`. Edge.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::task_tests::{run_until_complete, task};
use crate::config::privacy::PrivacyConfig;
use crate::config::secret::{ClientCredentials, Secret};
use crate::domain::causes::causes;
use crate::domain::time::format_instant;
use crate::genesys::fixture::{Reaction, Server, ok};
use crate::runtime::captured::{heard, listen};

#[tokio::test]
async fn no_secret_and_no_token_is_told_by_a_run_under_faults() {
    listen();
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
    let logged = heard();
    assert!(logged.contains("asking again after a repair") && logged.contains("logged in"), "{logged}");
    let publications = format!("{:?}", log.lock().unwrap().publications);
    let told = format!("{logged}\n{config:?}\n{progress:?}\n{refused:?}\n{}\n{publications}", causes(&refused));
    for secret in
        ["s3cret", "token-1", "token-2", "token-3", "contact-key", "user-key", "aWQ6czNjcmV0", "+4930555", "Ann Lee"]
    {
        assert!(!told.contains(secret), "{secret}: {}", told.lines().find(|line| line.contains(secret)).unwrap());
    }
}
