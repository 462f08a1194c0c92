//! Whatever is wrong with a setting, one message names it, and no two contradict each other. Pure; the random choices
//! are the library's.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, any, prop_assert};
use proptest::test_runner::{Config, TestRunner};

use crate::config::definition::Definition;
use crate::config::problem::Problem;
use crate::config::tables::class::Class;
use crate::config::tables::{genesys_source, worker};
use crate::config::{parse, toml_text};

/// What no or hardly any setting takes; the last one points at nothing.
const BAD: [&str; 10] =
    ["", " ", "x y", "-1", "1.5", "99999999999999999999", ",,", "a*:b:c", "2026-01-01", "${env:NOBODY}"];

/// Table and key to value.
type Written = BTreeMap<(&'static str, String), String>;

const WORKER: &str = "worker";
const SOURCE: &str = "connectors.s";
const PROCESSOR: &str = "connectors.k";

/// A file with nothing wrong in it.
fn sound(dialect: &str) -> Written {
    let pairs = [
        (WORKER, "bootstrap.servers", "a:1"),
        (SOURCE, "connector.class", "GenesysSource"),
        (SOURCE, "genesys.api.url", "http://127.0.0.1:9080"),
        (SOURCE, "genesys.client.id", "me"),
        (SOURCE, "genesys.client.secret", "hunter2"),
        (SOURCE, "genesys.org.id", "acme"),
        (SOURCE, "genesys.dialect", dialect),
        (SOURCE, "extract.start", "2026-01-01T00:00:00Z"),
        (PROCESSOR, "connector.class", "HandleTimeProcessor"),
    ];
    pairs.into_iter().map(|(table, key, value)| ((table, key.to_owned()), value.to_owned())).collect()
}

fn problems(written: &Written) -> Vec<Problem> {
    let mut text = String::new();
    for table in [WORKER, SOURCE, PROCESSOR] {
        text += &format!("[{table}]\n");
        for ((_, key), value) in written.iter().filter(|((of, _), _)| *of == table) {
            // In quotes, because one key may begin another.
            text += &format!("\"{key}\" = \"{value}\"\n");
        }
    }
    let mut found = Vec::new();
    let file = toml_text::read("x.toml", &text, &|_| Err("it is not set".to_owned()), &mut found);
    parse::settings(&file, found).err().map_or_else(Vec::new, |problems| problems.list().to_vec())
}

fn tables() -> [(&'static str, &'static [Definition]); 3] {
    [(WORKER, worker::TABLE), (SOURCE, Class::GenesysSource.table()), (PROCESSOR, Class::HandleTimeProcessor.table())]
}

/// The keys of a table; one that stands for many gives some of those.
fn keys(definition: &Definition) -> Vec<String> {
    match definition.name {
        "kafka.*" => {
            ["linger.ms", "group.id", "sasl.username", "security.protocol"].map(|key| format!("kafka.{key}")).to_vec()
        }
        "kpi.custom.*" => ["talk.sum", "talk.over", "talk"].map(|key| format!("kpi.custom.{key}")).to_vec(),
        name => vec![name.to_owned()],
    }
}

fn all_keys() -> Vec<(&'static str, &'static Definition, String)> {
    let of_table = |(table, definitions): (&'static str, &'static [Definition])| {
        let of_definition = move |definition| keys(definition).into_iter().map(move |key| (table, definition, key));
        definitions.iter().flat_map(of_definition)
    };
    tables().into_iter().flat_map(of_table).collect()
}

/// Whether the setting cannot take the value, whatever others say.
fn is_refused(definition: &Definition, value: &str) -> bool {
    value.starts_with("${") || definition.refusal(value.trim(), value).is_some()
}

fn told(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}

#[test]
fn a_value_that_cannot_be_has_one_message_and_is_all_that_is_said() {
    let mut refused = 0;
    for dialect in genesys_source::DIALECTS {
        assert!(problems(&sound(dialect)).is_empty());
        for (table, definition, key) in all_keys() {
            for value in BAD.into_iter().filter(|value| is_refused(definition, value)) {
                let mut written = sound(dialect);
                if key.starts_with("kpi.custom.talk.") {
                    // The other half is there.
                    for half in ["sum", "over"] {
                        written.insert((table, format!("kpi.custom.talk.{half}")), "talk_ms".to_owned());
                    }
                }
                written.insert((table, key.clone()), value.to_owned());
                let found = problems(&written);
                let said = || format!("{dialect} [{table}] {key} = \"{value}\":{}", told(&found));
                assert!(found.len() == 1 && found[0].key == key, "{}", said());
                refused += 1;
            }
        }
    }
    assert!(3_000 < refused, "{refused}");
}

#[test]
fn a_name_that_is_wrong_is_told_and_not_also_missed() {
    let wrong = |table: &'static str, key: &str, at: (&'static str, &str)| {
        let mut written = sound("conversation-details");
        let value = written.remove(&(table, key.to_owned())).unwrap();
        written.insert((at.0, at.1.to_owned()), value);
        let found = problems(&written);
        let [problem] = found.as_slice() else { panic!("{key} as {at:?}: {}", told(&found)) };
        problem.to_string()
    };
    let misspelt = [
        (WORKER, "bootstrap.servers", "bootstrap.server"),
        (SOURCE, "genesys.api.url", "genesys.api.ulr"),
        (SOURCE, "genesys.client.secret", "genesys.client.secrte"),
        (SOURCE, "genesys.org.id", "genesys.org.ID"),
        (SOURCE, "extract.start", "extract.strat"),
    ];
    for (table, key, spelling) in misspelt {
        let text = wrong(table, key, (table, spelling));
        assert!(text.ends_with(&format!("{spelling}: is no setting; did you mean {key}")), "{text}");
    }
    let text = wrong(WORKER, "bootstrap.servers", (SOURCE, "bootstrap.servers"));
    assert!(text.contains("[connectors.s] bootstrap.servers: is no setting here, but one of [worker]"), "{text}");
    let text = wrong(SOURCE, "extract.start", (PROCESSOR, "extract.start"));
    assert!(text.contains("[connectors.k] extract.start: is no setting here, but one of GenesysSource"), "{text}");
}

#[test]
fn a_misspelt_revisit_dialect_does_not_make_what_belongs_to_it_superfluous() {
    let mut written = sound("conversation-details");
    written.insert((SOURCE, "extract.revisit.dialect".to_owned()), "conversation-job".to_owned());
    written.insert((SOURCE, "extract.query.poll.ms".to_owned()), "5000".to_owned());
    let found = problems(&written);
    assert!(found.len() == 1 && found[0].key == "extract.revisit.dialect", "{}", told(&found));
}

#[test]
fn however_much_is_wrong_no_setting_is_named_by_two_messages() {
    let keys = all_keys();
    let values =
        [&BAD[..], &["1", "60000", "true", "voice", "conversation-jobs", "eu-west-1", "Q1", "queue:Q1"]].concat();
    let one = (0..keys.len(), 0..values.len());
    let some = proptest::collection::vec(one, 1..12);
    let chosen = (0..genesys_source::DIALECTS.len(), some, any::<bool>());
    let config = Config { cases: 3_000, failure_persistence: None, ..Config::default() };
    let check = |(dialect, wrong, keeps_required): (usize, Vec<(usize, usize)>, bool)| {
        let mut written = sound(genesys_source::DIALECTS[dialect]);
        if !keeps_required {
            written.remove(&(SOURCE, "genesys.client.secret".to_owned()));
        }
        for (key, value) in wrong {
            let (table, _, key) = &keys[key];
            written.insert((*table, key.clone()), values[value].to_owned());
        }
        let found = problems(&written);
        for (position, problem) in found.iter().enumerate() {
            let same = |other: &Problem| (&other.key, &other.place) == (&problem.key, &problem.place);
            prop_assert!(!found[..position].iter().any(same), "{}", told(&found));
        }
        Ok(())
    };
    TestRunner::new(config).run(&chosen.prop_map(|chosen| chosen), check).unwrap();
}
