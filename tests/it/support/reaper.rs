//! Edge: removes containers when their owner is gone, however it went.
//!
//! The owner of the shared broker is a static, which is never dropped, and a test process may as well be killed. So a
//! shell waits for the end of its standard input, whose other end only this process holds: when the process ends, the
//! kernel closes it, and the shell removes the container.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Removes containers, and their network if they have one of their own, when dropped, or when this process ends.
#[derive(Debug)]
pub struct Reaper {
    shell: Child,
}

impl Reaper {
    /// To be called before the container is created: what does not exist yet cannot be left behind.
    pub fn of(container_name: &str) -> Self {
        Self::of_all(&[container_name])
    }

    /// As [`Reaper::of`], of several containers.
    pub fn of_all(container_names: &[&str]) -> Self {
        Self::running("docker rm --force --volumes \"$@\"", container_names)
    }

    /// As [`Reaper::of`], of several containers on a network.
    pub fn of_network(network: &str, container_names: &[&str]) -> Self {
        let removes = "network=$1; shift; docker rm --force --volumes \"$@\"; docker network rm \"$network\"";
        Self::running(removes, &[&[network], container_names].concat())
    }

    fn running(script: &str, arguments: &[&str]) -> Self {
        let shell = Command::new("sh")
            .args(["-c", &format!("read -r nothing; {script}"), "reaper"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal goes to the whole group of the tests; this one must outlive it.
            .process_group(0)
            .spawn()
            .expect("sh is on the path of a machine with a Docker engine");
        Self { shell }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Nothing to do about a failure here; tests/run looks again by label.
        let _ = self.shell.wait();
    }
}
