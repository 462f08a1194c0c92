//! Arguments in, lines and exit status out. Edge.

use anyhow::Context;

use super::super::loaded::checked;
use super::super::status::ExitStatus;
use super::finding::{Finding, Verdict};
use super::{broker, platform};
use crate::cli::CheckArgs;
use crate::config::{Settings, file, summary};

/// Runs the command: status 2 when the settings are wrong, 1 when the platform or the broker refuses them.
///
/// # Errors
/// When the HTTP client cannot be built.
pub async fn run(args: CheckArgs) -> anyhow::Result<ExitStatus> {
    let (file, problems) = file::read(&args.config);
    let settings = match checked(&file, problems) {
        Ok(settings) => settings,
        Err(status) => return Ok(status),
    };
    println!("ok: {}", args.config.display());
    print!("{}", summary::summary(&file, &settings));
    for (place, key, path) in file::open_secrets(&file) {
        let what = format!("everybody on this machine can read {path}");
        println!("{}", Finding::new(&place, key, Verdict::Note, what).way_out("chmod 600 it"));
    }
    if !args.online {
        return Ok(ExitStatus::Success);
    }
    online(&settings).await
}

/// Asks those that the settings point at; prints what each says.
///
/// # Errors
/// When the HTTP client cannot be built.
async fn online(settings: &Settings) -> anyhow::Result<ExitStatus> {
    let mut wrong = 0_usize;
    let mut print = |findings: &[Finding]| {
        for finding in findings {
            if finding.verdict == Verdict::Wrong {
                wrong += 1;
                eprintln!("{finding}");
            } else {
                println!("{finding}");
            }
        }
    };
    for source in &settings.sources {
        print(&platform::findings(source).await.context("building the HTTP client")?);
    }
    let of_broker = settings.clone();
    let found = tokio::task::spawn_blocking(move || broker::findings(&of_broker)).await;
    print(&found.context("looking at the brokers")?);
    Ok(if wrong == 0 { ExitStatus::Success } else { ExitStatus::Failure })
}
