//! What the operating system says of this process. Edge: reads `/proc`; where there is none, nothing is known.

use std::fs;

/// Ticks of a second in which Linux tells times to programs, on every architecture that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process at one instant. `None`: not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// User and system time in seconds.
    pub cpu_s: Option<f64>,
    /// Resident memory.
    pub resident_bytes: Option<f64>,
    /// Virtual memory.
    pub virtual_bytes: Option<f64>,
    /// Open file descriptors.
    pub open_fds: Option<f64>,
    /// Most of them.
    pub max_fds: Option<f64>,
    /// Threads.
    pub threads: Option<f64>,
}

impl Process {
    /// This process, now.
    #[must_use]
    pub fn now() -> Process {
        let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        let (status, stat, limits) = (read("status"), read("stat"), read("limits"));
        // The directory that is read is open meanwhile.
        let open = fs::read_dir("/proc/self/fd").map(|open| open.count().saturating_sub(1) as f64).ok();
        Process { open_fds: open, ..Process::told(&status, &stat, &limits) }
    }

    fn told(status: &str, stat: &str, limits: &str) -> Process {
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        let kib = |name| number(name).map(|kib| kib * 1_024.0);
        Process {
            cpu_s: cpu_ticks(stat).map(|ticks| ticks / TICKS_PER_SECOND),
            resident_bytes: kib("VmRSS"),
            virtual_bytes: kib("VmSize"),
            open_fds: None,
            max_fds: limits
                .lines()
                .find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok()),
            threads: number("Threads"),
        }
    }
}

/// User and system time: the 14th and 15th word. The second is a name in brackets that may have spaces and brackets in it.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_whitespace().skip(11);
    let mut next = || words.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_is_read_whatever_the_process_is_called() {
        let status = "Name:\tx) 9 9\nVmSize:\t    8192 kB\nVmRSS:\t    2048 kB\nThreads:\t12\n";
        let stat = "77 (x) 9 9) S 1 1 1 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 12 0 100 200 300";
        let limits =
            "Limit Soft Hard Units\nMax open files            1024                 4096                 files\n";
        let expected = Process {
            cpu_s: Some(2.0),
            resident_bytes: Some(2_097_152.0),
            virtual_bytes: Some(8_388_608.0),
            open_fds: None,
            max_fds: Some(1_024.0),
            threads: Some(12.0),
        };
        assert_eq!(Process::told(status, stat, limits), expected);
        assert_eq!(Process::told("", "", ""), Process::default());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_known() {
        let now = Process::now();
        let all = [now.cpu_s, now.resident_bytes, now.virtual_bytes, now.open_fds, now.max_fds, now.threads];
        assert!(all.iter().all(Option::is_some), "{now:?}");
        assert!(now.resident_bytes <= now.virtual_bytes);
    }
}
