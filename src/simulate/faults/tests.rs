//! Which requests a script fails. Pure.

use super::*;
use crate::simulate::tokens::TokenReuse;

const PATH: &str = "/api/v2/analytics/interactions/details";

fn fired(script: &str, requests: usize) -> Vec<(usize, Fault)> {
    let mut faults = Faults::new(FaultScript::read(script).unwrap());
    (1..=requests).filter_map(|number| Some((number, faults.next("POST", PATH, true)?))).collect()
}

#[test]
fn a_rule_fires_after_its_request_and_as_often_as_it_says() {
    let script = "[[rule]]\nstatus = 429\nafter_request = 3\ntimes = 2\nretry_after_s = 1\n";
    let fault = Fault::Status { status: 429, retry_after_s: Some(1), as_date: false };
    assert_eq!(fired(script, 10), [(4, fault.clone()), (5, fault)]);
    let once = "[[rule]]\nstatus = 503\n";
    assert_eq!(fired(once, 10), [(1, Fault::Status { status: 503, retry_after_s: None, as_date: false })]);
}

#[test]
fn every_and_probability_have_no_limit_of_their_own() {
    let every = "[[rule]]\nkind = \"truncate\"\nevery = 4\n";
    let cut = |connection| Fault::Truncate { connection };
    assert_eq!(fired(every, 12), [(4, cut(true)), (8, cut(false)), (12, cut(true))]);
    let share = fired("seed = 3\n[[rule]]\nkind = \"hang\"\nprobability = 0.05\nhang_ms = 10\n", 10_000);
    assert!((400..600).contains(&share.len()), "{}", share.len());
    assert_eq!(share, fired("seed = 3\n[[rule]]\nkind = \"hang\"\nprobability = 0.05\nhang_ms = 10\n", 10_000));
}

#[test]
fn a_rule_looks_at_its_path_only_and_token_rules_at_tokens_only() {
    let script = "[[rule]]\nstatus = 500\npath_contains = \"/oauth\"\n[[rule]]\nkind = \"token\"\n";
    let mut faults = Faults::new(FaultScript::read(script).unwrap());
    assert_eq!(faults.next("POST", PATH, false), None);
    assert_eq!(faults.next("POST", PATH, true), Some(Fault::Token));
    assert_eq!(
        faults.next("POST", "/oauth/token", false),
        Some(Fault::Status { status: 500, retry_after_s: None, as_date: false })
    );
}

#[test]
fn a_rule_of_a_step_looks_at_that_step_only() {
    let script = "[[rule]]\nstatus = 500\nrequest = \"delete\"\n[[rule]]\nkind = \"state\"\nvalue = \"odd\"\n";
    let mut faults = Faults::new(FaultScript::read(script).unwrap());
    let query = "/api/v2/analytics/report-queries/q-1";
    assert_eq!(faults.next("POST", "/api/v2/analytics/conversations/details/query", false), None);
    assert_eq!(faults.next("GET", &format!("{query}/results"), false), None);
    assert_eq!(faults.next("GET", query, false), Some(Fault::Bend(Bend::State("odd".to_owned()))));
    let refused = Fault::Status { status: 500, retry_after_s: None, as_date: false };
    assert_eq!(faults.next("DELETE", query, false), Some(refused));
}

#[test]
fn what_cannot_be_followed_is_said() {
    for script in [
        "[[rule]]\n",
        "[[rule]]\nstatus = 200\n",
        "[[rule]]\nstatus = 500\nevery = 0\n",
        "[[rule]]\nstatus = 500\nprobability = 1.5\n",
        "[[rule]]\nstatus = 500\nsometimes = true\n",
        "[[rule]]\nkind = \"total\"\n",
        "[[rule]]\nkind = \"state\"\n",
        "[[rule]]\nstatus = 429\nretry_after_date = true\n",
        "[[rule]]\nstatus = 429\nrequest = \"glance\"\n",
        "[[rule]]\nkind = \"field\"\nat = \"a\"\n",
        "[[rule]]\nstatus = 500\nrow_contains = \"a\"\n",
        "[[row]]\nat = \"noon\"\njson = \"{}\"\n",
        "[[row]]\nat = \"2026-01-01T00:00:00Z\"\njson = \"{\"\n",
        "token_reuse = \"never\"\n",
    ] {
        assert!(FaultScript::read(script).is_err(), "{script}");
    }
    let script = "token_reuse = \"gone\"\n[[row]]\nat = \"2026-01-01T00:00:00Z\"\njson = '{\"id\": \"x\"}'\n";
    let script = FaultScript::read(script).unwrap();
    assert_eq!((script.token_reuse, script.odd_rows.len()), (TokenReuse::Gone, 1));
}

#[test]
fn the_sample_of_the_documentation_fails_one_request_in_twenty() {
    let documented = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//!"));
    let sample: Vec<&str> =
        documented.skip_while(|line| *line != " ```toml").skip(1).take_while(|line| *line != " ```").collect();
    let fired = fired(&sample.join("\n"), 10_000);
    assert!((400..650).contains(&fired.len()), "{}", fired.len());
    let kinds: std::collections::BTreeSet<String> = fired.iter().map(|(_, fault)| format!("{fault:?}")).collect();
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}
