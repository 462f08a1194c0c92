//! The settings of a source that reads the simulator, to be pasted. Pure.

use crate::cli::SimulateArgs;
use crate::domain::time::{TimeRange, format_instant};

/// The secret that protects nothing but simulated figures.
const OPEN_SECRET: &str = "demo-secret";

/// A table `[connectors.genesys]` with no more than what is needed. A secret of the user's own does not stand in it. What
/// is simulated live has no end.
#[must_use]
pub fn settings_for(args: &SimulateArgs, url: &str, range: TimeRange) -> String {
    let secret = if args.client_secret == OPEN_SECRET { OPEN_SECRET } else { "${env:GENESYS_CLIENT_SECRET}" };
    let mut lines = vec![
        ("connector.class", "GenesysSource".to_owned()),
        ("genesys.api.url", url.to_owned()),
        ("genesys.client.id", args.client_id.clone()),
        ("genesys.client.secret", secret.to_owned()),
        ("genesys.org.id", "acme".to_owned()),
        ("genesys.dialect", args.dialect.word().to_owned()),
        ("extract.start", format_instant(range.from)),
    ];
    if !args.live {
        lines.push(("extract.end", format_instant(range.to)));
    }
    // TOML's escapes are JSON's.
    let line = |(key, value): &(&str, String)| format!("{key} = {}\n", serde_json::Value::from(value.as_str()));
    format!("[connectors.genesys]\n{}", lines.iter().map(line).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::simulate::tests::args;
    use super::*;
    use crate::cli::SimulatedDialect;
    use crate::config::{parse, toml_text};

    fn pasted(args: &SimulateArgs) -> String {
        settings_for(args, "http://127.0.0.1:9080", TimeRange { from: 0, to: 172_800_000 })
    }

    #[test]
    fn what_is_printed_is_all_that_a_source_of_each_dialect_needs() {
        for dialect in SimulatedDialect::ALL {
            let text = pasted(&args(&["--dialect", dialect.word()]));
            let file = format!("[worker]\nbootstrap.servers = \"localhost:9092\"\n{text}");
            let mut problems = Vec::new();
            let file = toml_text::read("x.toml", &file, &|_| Err("it is not set".to_owned()), &mut problems);
            let source = parse::settings(&file, problems).unwrap().sources.remove(0);
            assert_eq!((source.dialect.word(), source.client_secret.reveal()), (dialect.word(), "demo-secret"));
            assert_eq!((source.extract_start, source.extract_end), (0, Some(172_800_000)));
        }
    }

    #[test]
    fn a_secret_of_ones_own_is_not_printed_and_live_has_no_end() {
        let text = pasted(&args(&["--live", "--client-secret", "hunter2", "--client-id", "a \"b\""]));
        assert!(!text.contains("hunter2") && text.contains("${env:GENESYS_CLIENT_SECRET}"), "{text}");
        assert!(text.contains(r#"genesys.client.id = "a \"b\"""#) && !text.contains("extract.end"), "{text}");
    }
}
