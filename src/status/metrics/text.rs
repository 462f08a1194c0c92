//! Prometheus' text format, version 0.0.4. Edge: it looks at the process.

use std::fmt::Write;

use super::process::Process;
use super::sample::Sample;
use super::table::table;
use crate::status::vitals::Vitals;

/// What the text is, as the header `Content-Type` says it.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics, with what the operating system says of the process now.
#[must_use]
pub fn text(vitals: &Vitals) -> String {
    written(vitals, &Process::now())
}

/// The same of a process that was looked at before. A metric of which nothing is known is left out.
#[must_use]
pub fn written(vitals: &Vitals, process: &Process) -> String {
    let mut out = String::with_capacity(64 * 1_024);
    for metric in table() {
        let samples = metric.samples(vitals, process);
        if samples.is_empty() {
            continue;
        }
        let help = escaped(metric.sentence, false);
        line(&mut out, format_args!("# HELP {} {help}\n# TYPE {0} {}", metric.name, metric.kind.word()));
        for Sample { suffix, labels, value } in samples {
            line(&mut out, format_args!("{}{suffix}{} {value}", metric.name, Labels(&labels)));
        }
    }
    out
}

struct Labels<'a>(&'a [(&'static str, String)]);

impl std::fmt::Display for Labels<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        for (at, (name, value)) in self.0.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            write!(out, "{before}{name}=\"{}\"", escaped(value, true))?;
        }
        out.write_char('}')
    }
}

fn escaped(text: &str, quoted: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quoted { text.replace('"', "\\\"") } else { text }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes every text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_cannot_break_out_of_their_quotes() {
        let vitals = Vitals { worker_id: "a\"b\\c\nd".to_owned(), ..Vitals::default() };
        let text = written(&vitals, &Process::default());
        assert!(text.contains("handletime_worker_info{worker_id=\"a\\\"b\\\\c\\nd\"} 1\n"), "{text}");
    }

    #[test]
    fn a_metric_of_which_nothing_is_known_is_left_out() {
        let text = written(&Vitals::default(), &Process::default());
        assert!(!text.contains("handletime_source_") && !text.contains("process_cpu"), "{text}");
        assert!(text.contains("# TYPE handletime_kafka_clients gauge\nhandletime_kafka_clients 0\n"), "{text}");
    }
}
