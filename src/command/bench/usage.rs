//! What a process has used, by the operating system's account of it. Edge; Linux.

use std::time::Duration;

use anyhow::Context;

/// Ticks a second of the times in `/proc`: Linux tells them so on every machine.
const TICKS_PER_SECOND: u64 = 100;

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Time on cores, all threads, in user and system mode.
    pub cpu: Duration,
    /// Memory that it has resident.
    pub memory_bytes: u64,
    /// The most memory that it ever had resident.
    pub memory_peak_bytes: u64,
}

impl Usage {
    /// That of a process that lives.
    ///
    /// # Errors
    /// When there is no such process, or no `/proc`.
    pub fn of(process: u32) -> anyhow::Result<Usage> {
        Usage::below(&process.to_string())
    }

    /// That of this process.
    ///
    /// # Errors
    /// When there is no `/proc`.
    pub fn of_this_process() -> anyhow::Result<Usage> {
        Usage::below("self")
    }

    fn below(name: &str) -> anyhow::Result<Usage> {
        let read = |file: &str| {
            let path = format!("/proc/{name}/{file}");
            std::fs::read_to_string(&path).with_context(|| format!("reading {path}: a measurement needs Linux"))
        };
        let cpu = cpu_of(&read("stat")?).context("/proc does not say how long the process ran")?;
        let status = read("status")?;
        let memory =
            |name| memory_of(&status, name).with_context(|| format!("/proc does not say {name} of the process"));
        Ok(Usage { cpu, memory_bytes: memory("VmRSS")?, memory_peak_bytes: memory("VmHWM")? })
    }
}

/// User and system time of a line of `/proc/N/stat`. The name before them may hold anything, even parentheses.
fn cpu_of(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 1_000 / TICKS_PER_SECOND))
}

/// A line of `/proc/N/status`, in bytes.
fn memory_of(status: &str, name: &str) -> Option<u64> {
    let of_line =
        |line: &str| line.strip_prefix(name)?.strip_prefix(':')?.trim().strip_suffix("kB")?.trim().parse().ok();
    status.lines().find_map(of_line).map(|kib: u64| kib * 1_024)
}

/// Time that all cores together were busy since the machine started; zero where it is not told.
#[must_use]
pub fn machine_busy() -> Duration {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = |line: &str| -> u64 {
        let fields: Vec<u64> = line.split_ascii_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect();
        // User, nice, system, then idle and waiting for disks, then interrupts.
        fields.iter().take(3).chain(fields.iter().skip(5).take(2)).sum()
    };
    let busy = text.lines().find(|line| line.starts_with("cpu ")).map_or(0, ticks);
    Duration::from_millis(busy * 1_000 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_a_name_with_parentheses() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 100 1000 10";
        assert_eq!(cpu_of(stat), Some(Duration::from_secs(3)));
        assert_eq!(memory_of("VmPeak:\t 9 kB\nVmHWM:\t    2048 kB\n", "VmHWM"), Some(2 << 20));
    }

    #[test]
    fn this_process_has_used_some_time_and_memory() {
        let before = Usage::of_this_process().unwrap();
        assert!((1 << 20..1 << 40).contains(&before.memory_peak_bytes), "{before:?}");
        assert!((1 << 20..=before.memory_peak_bytes).contains(&before.memory_bytes), "{before:?}");
        let mut sum = 0_u64;
        while Usage::of_this_process().unwrap().cpu <= before.cpu {
            sum = sum.wrapping_add(std::hint::black_box(sum));
        }
        assert!(machine_busy() > Duration::ZERO);
        assert_eq!(Usage::of(std::process::id()).unwrap().memory_peak_bytes >> 30, 0);
    }
}
