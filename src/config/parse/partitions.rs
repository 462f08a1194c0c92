//! How a source's extraction is split among its tasks. Pure.

use crate::config::problem::Problem;
use crate::config::values::Values;
use crate::domain::media::Dialect;
use crate::domain::selection::{Dimension, Group, Selection};

const TASKS: &str = "tasks.max";
const GROUPS: &str = "extract.partitions";

/// What makes a group one of queues.
const QUEUE: &str = "queue:";

/// The media that have a task of their own unless told otherwise, the busiest first.
const MEDIA_BY_VOLUME: [&str; 5] = ["voice", "chat", "email", "callback", "message"];

/// What a dialect's requests can be told to leave out.
enum Filter {
    /// Nothing, because of this.
    No(&'static str),
    /// All but one medium.
    OneMedium(&'static [&'static str]),
    /// All but some media, or all but some queues.
    MediaOrQueues(&'static [&'static str]),
}

fn filter(dialect: Dialect) -> Filter {
    match dialect {
        Dialect::InteractionDetails => Filter::MediaOrQueues(&[
            "voice", "callback", "chat", "email", "message", "social", "workitem", "cobrowse", "transfer",
        ]),
        Dialect::InteractionEvents => {
            Filter::OneMedium(&["voice", "callback", "chat", "email", "message", "social", "workitem", "cobrowse"])
        }
        Dialect::ConversationDetails => Filter::MediaOrQueues(&[
            "callback",
            "chat",
            "cobrowse",
            "email",
            "internalmessage",
            "message",
            "screenmonitoring",
            "screenshare",
            "unknown",
            "video",
            "voice",
        ]),
        Dialect::ConversationMetrics => Filter::No("its requests filter by agent alone, not by medium or queue"),
        Dialect::ReportQueries | Dialect::ConversationJobs | Dialect::Unknown => {
            Filter::No("its queries are read whole, one after the other")
        }
    }
}

/// Adds to `problems` what is wrong with the split.
pub fn check(values: &Values<'_>, dialect: Dialect, problems: &mut Vec<Problem>) {
    let (Some(tasks_max), Some(words)) = (values.whole::<usize>(TASKS), values.list(GROUPS)) else { return };
    let filter = filter(dialect);
    if let Filter::No(reason) = filter {
        if 1 < tasks_max {
            let word = dialect.word();
            let text = format!("is {tasks_max}; {word} cannot be split, because {reason}; set it to 1");
            problems.push(values.problem(TASKS, text));
        }
        if !words.is_empty() {
            let text = format!("is for dialects that filter; {} does not: {reason}; remove it", dialect.word());
            problems.push(values.problem(GROUPS, text));
        }
        return;
    }
    let again = super::source::word_of(values, "extract.revisit.dialect");
    if let Some(Filter::No(reason)) = again.map(self::filter)
        && 1 < tasks_max
    {
        let text = format!(
            "is {tasks_max}; revisits as extract.revisit.dialect says cannot be split, because {reason}; set it to 1, or \
             remove extract.revisit.dialect"
        );
        problems.push(values.problem(TASKS, text));
    }
    let mut faults = Vec::new();
    let groups: Vec<Group> = words.iter().map(|word| group(word)).collect();
    for (position, group) in groups.iter().enumerate() {
        faults.extend(fault(group, &words[position], &groups[..position], &filter, dialect));
    }
    if words.is_empty() {
        return;
    }
    if faults.is_empty() && tasks_max <= groups.len() {
        let needed = groups.len() + 1;
        faults.push(format!(
            "names {} groups; with the rest that is in none they are {needed} source partitions, and each needs a task: \
             set tasks.max to {needed}",
            groups.len()
        ));
    }
    if !faults.is_empty() {
        problems.push(values.problem(GROUPS, faults.join("; and ")));
    }
}

fn fault(group: &Group, word: &str, before: &[Group], filter: &Filter, dialect: Dialect) -> Option<String> {
    let known = match filter {
        Filter::No(_) => return None,
        Filter::OneMedium(known) | Filter::MediaOrQueues(known) => *known,
    };
    if group.values.iter().any(String::is_empty) {
        return Some(format!("has a part without a name in \"{word}\"; write it as in voice,chat+message"));
    }
    if before.first().is_some_and(|first| first.dimension != group.dimension) {
        return Some("names media and queues; the groups are all of the one or all of the other".to_owned());
    }
    if let Some(twice) = group.values.iter().find(|value| before.iter().any(|group| group.has(value))) {
        return Some(format!("names {twice} in two groups; remove one"));
    }
    match (group.dimension, filter) {
        (Dimension::Queue, Filter::OneMedium(_)) => {
            Some(format!("names queues; {} filters by medium alone", dialect.word()))
        }
        (Dimension::Queue, _) => None,
        (Dimension::Media, Filter::OneMedium(_)) if 1 < group.values.len() => {
            let word = dialect.word();
            Some(format!("joins media in a group; {word} filters by one medium at a time, so separate them by commas"))
        }
        (Dimension::Media, _) => {
            let strange = group.values.iter().find(|value| !known.contains(&value.as_str()))?;
            let known = known.join(", ");
            Some(format!("names {strange}, which is no medium of {}: {known}; a queue is queue:ID", dialect.word()))
        }
    }
}

fn group(word: &str) -> Group {
    let (dimension, values) = match word.strip_prefix(QUEUE) {
        Some(ids) => (Dimension::Queue, ids),
        None => (Dimension::Media, word),
    };
    Group::new(dimension, values.split('+').map(|value| value.trim().to_owned()))
}

/// The source partitions, one a task, in order: the named groups and the rest, or as many media as there are tasks for.
#[must_use]
pub fn partitions(values: &Values<'_>, dialect: Dialect) -> Option<Vec<Selection>> {
    let (tasks_max, words) = (values.whole::<usize>(TASKS)?, values.list(GROUPS)?);
    let (known, joined) = match filter(dialect) {
        Filter::No(_) => return Some(vec![Selection::All]),
        Filter::OneMedium(known) => (known, false),
        Filter::MediaOrQueues(known) => (known, true),
    };
    let groups: Vec<Group> = match words.is_empty() {
        true => {
            let own = MEDIA_BY_VOLUME.iter().take(tasks_max.saturating_sub(1));
            own.map(|medium| Group::new(Dimension::Media, [(*medium).to_owned()])).collect()
        }
        false => words.iter().map(|word| group(word)).collect(),
    };
    let by_media = groups.first().is_some_and(|group| group.dimension == Dimension::Media);
    Some(Selection::split(groups, if joined && by_media { known } else { &[] }))
}

#[cfg(test)]
mod tests {
    use crate::config::parse::settings;
    use crate::config::toml_text;

    /// The source partitions of these settings, or what is wrong with them.
    fn split(text: &str) -> Result<Vec<String>, String> {
        let text = format!(
            "[worker]\nbootstrap.servers = \"a:1\"\n[connectors.s]\nconnector.class = \"GenesysSource\"\n\
             genesys.client.id = \"i\"\ngenesys.client.secret = \"s\"\ngenesys.org.id = \"acme\"\n\
             genesys.api.url = \"http://127.0.0.1:1\"\nextract.start = \"2026-01-01T00:00:00Z\"\n{text}\n"
        );
        let mut problems = Vec::new();
        let file = toml_text::read("x", &text, &|_| Err(String::new()), &mut problems);
        let settings = settings(&file, problems).map_err(|problems| problems.to_string())?;
        let source = &settings.sources[0];
        Ok(source.partitions.iter().map(|part| part.source_partition(source.dialect.word())).collect())
    }

    #[test]
    fn media_are_split_off_by_volume_as_far_as_there_are_tasks() {
        let names = |text: &str| split(text).unwrap();
        assert_eq!(names(""), ["interaction-details"]);
        let two = ["interaction-details.voice", "interaction-details.not-voice"];
        assert_eq!(names("tasks.max = 2"), two);
        assert_eq!(names("tasks.max = 6").len(), 6);
        assert_eq!(names("tasks.max = 100").len(), 6, "the rest is a task too, and there are no more media");
        let events = names("tasks.max = 3\ngenesys.dialect = \"interaction-events\"");
        assert_eq!(events[2], "interaction-events.not-chat+voice");
    }

    #[test]
    fn groups_of_media_or_queues_are_as_named() {
        let media = split("tasks.max = 3\nextract.partitions = \"voice,chat+message\"").unwrap();
        let expected = ["voice", "chat+message", "not-chat+message+voice"];
        assert_eq!(media, expected.map(|part| format!("interaction-details.{part}")));
        let queues = split("tasks.max = 8\nextract.partitions = [\"queue:Q1+Q2\"]").unwrap();
        assert_eq!(queues, ["interaction-details.queue-Q1+Q2", "interaction-details.not-queue-Q1+Q2"]);
    }

    #[test]
    fn a_split_that_cannot_be_read_is_refused_with_the_reason() {
        let problem = |text: &str| split(text).unwrap_err();
        for (text, part) in [
            ("extract.partitions = \"voice,chat\"\ntasks.max = 2", "set tasks.max to 3"),
            ("extract.partitions = \"voice\"", "set tasks.max to 2"),
            ("extract.partitions = \"vioce\"\ntasks.max = 2", "names vioce, which is no medium of interaction-details"),
            ("extract.partitions = \"voice,queue:Q\"\ntasks.max = 3", "names media and queues"),
            ("extract.partitions = \"voice,chat+voice\"\ntasks.max = 3", "names voice in two groups"),
            ("extract.partitions = \"voice,chat+\"\ntasks.max = 3", "a part without a name"),
            (
                "genesys.dialect = \"interaction-events\"\nextract.partitions = \"voice+chat\"\ntasks.max = 2",
                "one medium at a time",
            ),
            (
                "genesys.dialect = \"interaction-events\"\nextract.partitions = \"queue:Q\"\ntasks.max = 2",
                "interaction-events filters by medium alone",
            ),
        ] {
            assert!(problem(text).contains(part), "{part} is missing in {}", problem(text));
        }
    }
}
