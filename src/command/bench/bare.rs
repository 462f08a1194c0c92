//! The least that reading a topic costs: a consumer that decodes every record and does nothing else. Edge.
//!
//! It has the settings of the processor's own readers, and one thread of its own, as a task has.

use std::io::Read;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::super::status::ExitStatus;
use super::arguments;
use super::child::line_of;
use super::usage::Usage;
use crate::avro::Codec;
use crate::domain::interaction::Interaction;
use crate::kafka::bounds::Bounds;
use crate::kafka::reader::{Polled, Reader, input, partition_of};
use crate::process::start;
use crate::topology::record::topic;

/// How long no record may come although some are left.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// What it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bare {
    /// Records.
    pub records: u64,
    /// Seconds from the first record to the last.
    pub seconds: f64,
    /// Time on cores of the whole process, in seconds.
    pub cpu_s: f64,
    /// The most memory that the process had.
    pub memory_peak_bytes: u64,
}

/// Measures it in a process of its own.
///
/// # Errors
/// As the broker says.
pub fn measure(settings: &str) -> anyhow::Result<Bare> {
    let line = line_of(&["--log", "warn", "bench", "bare"], settings)?;
    Ok(serde_json::from_str(&line)?)
}

/// `handletime bench bare`: reads all that is there, and prints what it took.
///
/// # Errors
/// As the broker says.
pub fn run() -> anyhow::Result<ExitStatus> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let settings = arguments::read(&text)?;
    let Some(config) = settings.processors.first() else {
        return Ok(ExitStatus::Usage);
    };
    let scene = start::scene(&settings.worker, config);
    let group = format!("{}bench", settings.worker.topic_prefix);
    let name = scene.names.topic(topic::INTERACTIONS);
    let bounds = Bounds::new(&settings.worker, &group)?;
    let (mut places, mut ends) = (Vec::new(), Vec::new());
    for partition in 0..scene.setup.interactions_partitions {
        let (first, end) = bounds.all(&name, partition)?;
        places.push((name.clone(), partition, first));
        ends.push(end);
    }
    let reader = Reader::new(&settings.worker, &group, "bench.bare")?;
    reader.assign(&places)?;
    // The last offset of each partition is a commit marker's: the record before it is the last.
    let mut left = ends.iter().filter(|end| 0 < **end).count();
    let codec = Codec::<Interaction>::default();
    let (mut bare, mut began, mut heard) = (Bare::default(), None, Instant::now());
    while 0 < left {
        match reader.poll(Duration::from_millis(100))? {
            Polled::Record(record) => {
                began.get_or_insert_with(Instant::now);
                heard = Instant::now();
                let partition = partition_of(&record);
                let record = input(&record);
                std::hint::black_box(codec.read_framed(record.value.unwrap_or_default())?);
                bare.records += 1;
                let end = usize::try_from(partition).ok().and_then(|at| ends.get(at));
                left -= usize::from(end.is_some_and(|end| *end <= record.offset + 2));
            }
            Polled::Nothing => anyhow::ensure!(heard.elapsed() < SILENCE_MAX, "the topic does not come to its end"),
            Polled::OutOfRange => anyhow::bail!("records were removed while they were read"),
        }
    }
    bare.seconds = began.map_or(0.0, |began: Instant| began.elapsed().as_secs_f64());
    let usage = Usage::of_this_process()?;
    (bare.cpu_s, bare.memory_peak_bytes) = (usage.cpu.as_secs_f64(), usage.memory_peak_bytes);
    println!("{}", serde_json::to_string(&bare)?);
    Ok(ExitStatus::Success)
}
