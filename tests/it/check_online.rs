//! Edge: `check --online` against the simulated platform, with and without a broker: what it says line by line.

use crate::support::scene::{Ended, Scene};
use crate::support::topics::{self, Isolation};

/// Where no broker is.
const NOWHERE: &str = "127.0.0.1:1";

/// The line of standard output or standard error that begins with `beginning`.
fn line<'a>(ended: &'a Ended, beginning: &str) -> &'a str {
    let mut lines = ended.stdout.lines().chain(ended.stderr.lines());
    lines
        .find(|line| line.starts_with(beginning))
        .unwrap_or_else(|| panic!("no line begins with {beginning}: {ended:?}"))
}

#[test]
fn each_line_says_what_the_platform_has_and_no_secret_is_told() {
    let mut scene = Scene::at(NOWHERE, "check-platform");
    let _platform = scene.platform("");
    let ended = Ended::of(scene.start("check", &["--online", "--log", "trace"]));
    ended.assert_status(1);
    for (beginning, part) in [
        ("[connectors.genesys] login at http://127.0.0.1", ": ok, the token is good for "),
        ("[connectors.genesys] genesys.dialect interaction-details", ": ok, the platform answers it"),
        ("[connectors.genesys] aggregates", "ok, metrics: handle times can be compared queue by queue"),
        ("[connectors.genesys] queues", "ok, this client sees 8: Billing, Sales, Technical Support"),
        ("[connectors.genesys] wrapup-codes", "ok, this client sees 5: Issue Resolved"),
        ("[connectors.genesys] users", "ok, this client sees 60"),
        ("[connectors.genesys] clock", "ms from the platform's"),
        ("[connectors.genesys] quota", "requests read all of it"),
        ("[worker] topics at 127.0.0.1:1", "wrong, "),
    ] {
        let line = line(&ended, beginning);
        assert!(line.contains(part), "not said: {part}: {line}");
    }
    for output in [&ended.stdout, &ended.stderr] {
        // The secret, and the beginning of its Basic credentials.
        assert!(!output.contains("demo-secret") && !output.contains("ZGVtby1jbGllbnQ6"), "{output}");
        assert!(!output.contains("Bearer "), "{output}");
    }
}

#[test]
fn what_is_forbidden_is_told_with_the_permission_and_the_rest_is_still_looked_at() {
    let mut scene = Scene::at(NOWHERE, "check-forbidden");
    let rule = |path: &str| format!("[[rule]]\npath_contains = \"{path}\"\nstatus = 403\ntimes = 1000\n");
    let _platform = scene.platform(&(rule("/analytics/") + &rule("/routing/queues")));
    let ended = Ended::of(scene.start("check", &["--online"]));
    ended.assert_status(1);
    let dialect = line(&ended, "[connectors.genesys] genesys.dialect interaction-details");
    assert!(dialect.contains(": wrong, ") && dialect.contains("403") && dialect.contains("permission"), "{dialect}");
    assert!(ended.stderr.contains(dialect), "what is wrong stands on standard error");
    let queues = line(&ended, "[connectors.genesys] queues");
    assert!(queues.contains("grant routing:queue:view"), "{queues}");
    assert!(line(&ended, "[connectors.genesys] skills").contains("ok, this client sees 4"));
}

#[test]
fn what_is_asked_of_the_broker_leaves_no_record_and_a_run_goes_on_after_it() {
    let mut scene = Scene::new("check-probe");
    let _platform = scene.platform("");
    let usual = [("max.message.bytes", "1048588")];
    topics::create(&scene.bootstrap_servers, &scene.topic("interactions"), 2, &usual);
    let checked = |scene: &Scene| {
        let ended = Ended::of(scene.start("check", &["--online"]));
        ended.assert_status(0);
        ended
    };
    let ended = checked(&scene);
    let narrow = format!("note, topic {} has max.message.bytes=1048588", scene.topic("interactions"));
    let sizes = line(&ended, "[worker] record sizes");
    assert!(sizes.contains(&narrow) && sizes.contains("alter the topic: max.message.bytes=8388608"), "{sizes}");
    scene.run_to_completion().assert_status(0);

    let all = |scene: &Scene| -> Vec<(String, usize)> {
        let read = |name: &String| {
            topics::read_to_end(&scene.bootstrap_servers, &scene.topic(name), Isolation::ReadUncommitted).len()
        };
        scene.topic_names().into_iter().map(|name| (name.clone(), read(&name))).collect()
    };
    let before = all(&scene);
    let ended = checked(&scene);
    for (beginning, part) in [
        ("[worker] transactions", format!("ok, this client may use {}default.check", scene.prefix)),
        ("[worker] groups", "ok, this client may commit positions".to_owned()),
        ("[worker] reading", "ok, this client may, in 23 topics".to_owned()),
        ("[worker] writing", "ok, this client may, into 26 topics".to_owned()),
        ("[worker] deleting records", "ok, this client may, in".to_owned()),
    ] {
        let line = line(&ended, beginning);
        assert!(line.contains(&part), "not said: {part}: {line}");
    }
    assert_eq!(all(&scene), before);
    scene.run_to_completion().assert_status(0);
    assert_eq!(scene.topic_names().len(), before.len());
}
