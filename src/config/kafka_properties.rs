//! Which properties of the Kafka client a settings file may not set, and why. Pure.

use std::collections::BTreeMap;

use super::problem::Problem;
use super::values::Values;

/// What is before a client property in `[worker]`.
pub const BEGINNING: &str = "kafka.";

const OWN_IDS: &str = "ids follow from topic.prefix and pipeline.name; remove it";
const OWN_POSITIONS: &str = "positions move only inside of transactions, and never by themselves; remove it";
const OWN_PRODUCER: &str = "exactly-once delivery needs the program's own value; remove it";
const OWN_GROUP: &str = "taking over a partition relies on the program's own value; remove it";

/// Properties that would break delivery, with the reason. Old spellings of the same property stand beside the new.
pub const REFUSED: &[(&str, &str)] = &[
    ("bootstrap.servers", "say bootstrap.servers without \"kafka.\""),
    ("metadata.broker.list", "say bootstrap.servers without \"kafka.\""),
    ("client.id", "each client has a name of its own, which cooperative rebalances need; remove it"),
    ("transactional.id", OWN_IDS),
    ("group.id", OWN_IDS),
    ("group.instance.id", OWN_IDS),
    ("enable.auto.commit", OWN_POSITIONS),
    ("auto.commit.enable", OWN_POSITIONS),
    ("auto.commit.interval.ms", OWN_POSITIONS),
    ("enable.auto.offset.store", OWN_POSITIONS),
    ("auto.offset.reset", OWN_POSITIONS),
    ("offset.store.method", OWN_POSITIONS),
    ("isolation.level", "inputs are read committed only; remove it"),
    ("enable.partition.eof", "restoring relies on the program's own value; remove it"),
    ("enable.idempotence", OWN_PRODUCER),
    ("transaction.timeout.ms", OWN_PRODUCER),
    ("message.timeout.ms", OWN_PRODUCER),
    ("delivery.timeout.ms", OWN_PRODUCER),
    ("enable.gapless.guarantee", OWN_PRODUCER),
    ("acks", OWN_PRODUCER),
    ("request.required.acks", OWN_PRODUCER),
    ("retries", OWN_PRODUCER),
    ("message.send.max.retries", OWN_PRODUCER),
    ("max.in.flight", OWN_PRODUCER),
    ("max.in.flight.requests.per.connection", OWN_PRODUCER),
    ("delivery.report.only.error", OWN_PRODUCER),
    ("partitioner", "records have to lie where a Java producer would put them; remove it"),
    ("group.protocol", OWN_GROUP),
    ("group.remote.assignor", OWN_GROUP),
    ("partition.assignment.strategy", OWN_GROUP),
    (
        "allow.auto.create.topics",
        "topics are created with the partitions and policies that the program needs; remove it",
    ),
    ("statistics.interval.ms", "metrics are made of what clients tell at the program's own interval; remove it"),
    ("test.mock.num.brokers", "it puts an imitation in the place of the brokers; remove it"),
];

/// The setting of the token of OAUTHBEARER.
pub const TOKEN: &str = "security.sasl.oauthbearer.token";

/// The two spellings of the property that names the SASL mechanism.
const MECHANISM: [&str; 2] = ["sasl.mechanism", "sasl.mechanisms"];

/// Mechanisms that the build has.
const KNOWN: [&str; 4] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"];

/// Whether the client makes a token that nobody has signed, for brokers of tests.
const UNSECURED: &str = "enable.sasl.oauthbearer.unsecure.jwt";

/// Who asks for tokens.
const METHOD: &str = "sasl.oauthbearer.method";

/// Mechanisms that send the password or the token itself.
const TELLING: [&str; 2] = ["PLAIN", "OAUTHBEARER"];

/// Adds what is wrong with the `kafka.` settings of `[worker]`; `has_tls` says whether the build can do TLS and SASL.
pub fn check(worker: &Values<'_>, has_tls: bool, problems: &mut Vec<Problem>) {
    let given = worker.beginning_with(BEGINNING);
    let mut report = |property: &str, text: String| {
        problems.push(worker.problem(&format!("{BEGINNING}{property}"), text));
    };
    for property in given.keys() {
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| refused == property) {
            report(property, format!("may not be set: {reason}"));
        }
    }
    let is_plaintext = protocol(&given) == "plaintext";
    if !has_tls {
        let needing = given.keys().filter(|property| {
            property.starts_with("sasl.")
                || property.starts_with("ssl.")
                || (*property == "security.protocol" && !is_plaintext)
        });
        for property in needing {
            report(
                property,
                "needs TLS or SASL, which this build lacks; build without --no-default-features".to_owned(),
            );
        }
        return;
    }
    // What would hold with it is not known.
    if worker.is_unsound("kafka.security.protocol") {
        return;
    }
    if let Some(property) = given.keys().find(|property| property.starts_with("sasl."))
        && !protocol(&given).starts_with("sasl_")
    {
        let text = "has no effect, because kafka.security.protocol is not sasl_ssl; set that, or remove this";
        report(property, text.to_owned());
    }
    let word = mechanism(&given);
    let is_telling = word.is_some_and(|word| TELLING.iter().any(|telling| word.eq_ignore_ascii_case(telling)));
    let is_allowed = worker.boolean("security.allow.sasl.plaintext") == Some(true);
    if protocol(&given) == "sasl_plaintext" && is_telling && !is_allowed {
        let text = "would send the password or token readable by anyone on the way; use sasl_ssl, or a SCRAM mechanism, \
                    or set security.allow.sasl.plaintext = true";
        report("security.protocol", text.to_owned());
    }
    if protocol(&given).starts_with("sasl_") {
        check_mechanism(worker, &given, problems);
    } else if worker.is_given(TOKEN) && !worker.is_unsound(TOKEN) {
        let text = "has no effect, because kafka.security.protocol is not sasl_ssl; set that, or remove this";
        problems.push(worker.problem(TOKEN, text.to_owned()));
    }
}

/// What is wrong with the mechanism itself, and with what it needs.
fn check_mechanism(worker: &Values<'_>, given: &BTreeMap<String, String>, problems: &mut Vec<Problem>) {
    let mut report = |key: &str, text: &str| problems.push(worker.problem(key, text.to_owned()));
    if MECHANISM.iter().any(|property| worker.is_unsound(&format!("{BEGINNING}{property}"))) {
        return;
    }
    let word = mechanism(given).unwrap_or_default();
    if !KNOWN.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        let text = "has to be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER: this program has no other";
        return report("kafka.sasl.mechanism", text);
    }
    let is_oauth = word.eq_ignore_ascii_case("OAUTHBEARER");
    let is_of_own_making = given.get(UNSECURED).is_some_and(|word| word.trim().eq_ignore_ascii_case("true"));
    if !is_oauth {
        if worker.is_given(TOKEN) && !worker.is_unsound(TOKEN) {
            report(TOKEN, "has no effect, because kafka.sasl.mechanism is not OAUTHBEARER; set that, or remove this");
        }
        return;
    }
    if given.get(METHOD).is_some_and(|word| !word.trim().eq_ignore_ascii_case("default")) {
        let text = "has to be default: this program asks no issuer for tokens; let another program keep one fresh in a file, \
                    and name it by security.sasl.oauthbearer.token";
        return report(&format!("{BEGINNING}{METHOD}"), text);
    }
    if is_of_own_making && worker.is_given(TOKEN) && !worker.is_unsound(TOKEN) {
        report(
            TOKEN,
            "stands beside kafka.enable.sasl.oauthbearer.unsecure.jwt, which makes another; remove one of them",
        );
    } else if !is_of_own_making && !worker.is_given(TOKEN) {
        report(TOKEN, "is missing: kafka.sasl.mechanism OAUTHBEARER needs it");
    }
}

/// The SASL mechanism among the properties of the client.
#[must_use]
pub fn mechanism(given: &BTreeMap<String, String>) -> Option<&str> {
    MECHANISM.iter().find_map(|property| given.get(*property)).map(|word| word.trim())
}

fn protocol(given: &BTreeMap<String, String>) -> String {
    given.get("security.protocol").map_or_else(|| "plaintext".to_owned(), |word| word.trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::placeholder::Reference;
    use super::super::tables::worker::TABLE;
    use super::super::toml_text;
    use super::*;

    fn problems(settings: &str, has_tls: bool) -> Vec<String> {
        let nothing = |_: &Reference| Err("it is not set".to_owned());
        let mut problems = Vec::new();
        let text = format!("[worker]\nbootstrap.servers = \"a:1\"\n{settings}");
        let file = toml_text::read("x.toml", &text, &nothing, &mut problems);
        let section = file.worker.unwrap();
        let values = Values::check(&section, TABLE, &mut problems);
        check(&values, has_tls, &mut problems);
        problems.iter().map(|problem| format!("{}: {}", problem.key, problem.text)).collect()
    }

    #[test]
    fn properties_that_delivery_depends_on_are_refused_by_name() {
        for (property, reason) in REFUSED {
            let found = problems(&format!("\"kafka.{property}\" = \"x\"\n"), true);
            assert_eq!(found, [format!("kafka.{property}: may not be set: {reason}")]);
        }
        assert_eq!(
            problems("kafka.linger.ms = 5\nkafka.security.protocol = \"PLAINTEXT\"\n", false),
            Vec::<String>::new()
        );
    }

    #[test]
    fn tls_and_sasl_need_the_feature() {
        let settings =
            "kafka.security.protocol = \"sasl_ssl\"\nkafka.sasl.username = \"u\"\n\"kafka.ssl.ca.location\" = \"f\"\n";
        let found = problems(settings, false);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|text| text.contains("build without --no-default-features")));
        let with_mechanism = format!("{settings}kafka.sasl.mechanism = \"SCRAM-SHA-512\"\n");
        assert_eq!(problems(&with_mechanism, true), Vec::<String>::new());
    }

    #[test]
    fn sasl_plain_without_tls_has_to_be_allowed() {
        let plain = "kafka.security.protocol = \"SASL_PLAINTEXT\"\nkafka.sasl.mechanism = \"PLAIN\"\n";
        let found = problems(plain, true);
        assert!(found.len() == 1 && found[0].contains("security.allow.sasl.plaintext = true"), "{found:?}");
        assert_eq!(problems(&format!("{plain}security.allow.sasl.plaintext = true\n"), true), Vec::<String>::new());
        assert_eq!(problems(&plain.replace("PLAIN\"", "SCRAM-SHA-256\""), true), Vec::<String>::new());
    }

    #[test]
    fn a_mechanism_is_one_of_the_build_and_has_what_it_needs() {
        let of = |word: &str, more: &str| {
            problems(
                &format!("kafka.security.protocol = \"sasl_ssl\"\nkafka.sasl.mechanism = \"{word}\"\n{more}"),
                true,
            )
        };
        let only = |found: &[String], beginning: &str| found.len() == 1 && found[0].starts_with(beginning);
        let token = "security.sasl.oauthbearer.token = \"x\"\n";
        let own = "kafka.enable.sasl.oauthbearer.unsecure.jwt = \"true\"\n";
        assert!(only(&of("GSSAPI", ""), "kafka.sasl.mechanism: has to be PLAIN"), "{:?}", of("GSSAPI", ""));
        assert!(only(&of("PLAIN", token), "security.sasl.oauthbearer.token: has no effect"));
        assert!(only(&of("OAUTHBEARER", ""), "security.sasl.oauthbearer.token: is missing"));
        assert!(only(&of("OAUTHBEARER", &format!("{token}{own}")), "security.sasl.oauthbearer.token: stands beside"));
        let oidc = format!("{token}kafka.sasl.oauthbearer.method = \"oidc\"\n");
        assert!(only(&of("OAUTHBEARER", &oidc), "kafka.sasl.oauthbearer.method: has to be default"));
        for sound in [token, own] {
            assert_eq!(of("OAUTHBEARER", sound), Vec::<String>::new());
        }
    }

    #[test]
    fn sasl_without_its_protocol_is_a_contradiction() {
        let found = problems("kafka.sasl.username = \"u\"\n", true);
        assert!(found.len() == 1 && found[0].starts_with("kafka.sasl.username: has no effect"), "{found:?}");
    }
}
