//! What machine a figure comes from. Edge.

use serde::Serialize;

/// A machine and a build of the program.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Memory.
    pub memory_mib: u64,
    /// The kernel's release.
    pub kernel: String,
    /// Runnable processes, a minute's average, before the measurement: other work makes rates worse.
    pub load: String,
    /// The program's version.
    pub version: &'static str,
    /// `release`, or `debug`: figures of the latter say nothing.
    pub build: &'static str,
}

impl Machine {
    /// This one; what it does not tell is `unknown`.
    #[must_use]
    pub fn here() -> Machine {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?;
            line.split_once(':').map(|(_, value)| value.trim().to_owned())
        };
        let or_unknown = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or("unknown".to_owned());
        let memory = value(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let memory_kib: u64 = memory.trim_end_matches("kB").trim().parse().unwrap_or(0);
        Machine {
            cpu: or_unknown(value(&read("/proc/cpuinfo"), "model name")),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mib: memory_kib / 1_024,
            kernel: or_unknown(Some(read("/proc/sys/kernel/osrelease").trim().to_owned())),
            load: or_unknown(read("/proc/loadavg").split_whitespace().next().map(str::to_owned)),
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }

    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let Machine { cpu, cores, memory_mib, kernel, load, version, build } = self;
        format!(
            "{cpu}, {cores} cores, {memory_mib} MiB, Linux {kernel}, load {load}; handletime {version}, {build} build"
        )
    }
}
