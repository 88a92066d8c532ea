//! What processes have used, as the kernel tells it.

use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use jsrun_types::ByteSize;

/// The children of a process, zombies included.
pub(crate) fn children_of(parent: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // After the name, which may contain anything, come the state and the parent.
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok()) == Some(parent)
    })
    .collect()
}

/// CPU time of a process so far, of all the threads that it has.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).context("a process is gone")?;
    let mut sum = Duration::ZERO;
    for thread in threads {
        let path = thread?.path().join("schedstat");
        // A thread may have ended meanwhile.
        let Ok(text) = fs::read_to_string(path) else { continue };
        let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
        sum += Duration::from_nanos(nanoseconds.context("the kernel does not tell what threads use")?);
    }
    ensure!(!sum.is_zero(), "the kernel does not tell what threads use (CONFIG_SCHED_INFO)");
    Ok(sum)
}

/// CPU time of a process's children that are reaped, to a hundredth of a second.
pub(crate) fn cpu_time_of_reaped(pid: u32) -> anyhow::Result<Duration> {
    /// Clock ticks per second as `/proc` has them on all of today's architectures.
    const TICKS: u32 = 100;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("a process is gone")?;
    // After the name, which may contain anything; `cutime` and `cstime` of proc_pid_stat(5).
    let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').skip(13)).context("no name")?;
    let ticks: Vec<u32> = fields.take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(Duration::from_secs(1) / TICKS * ticks.iter().sum())
}

/// Memory that a process shares with no other; `None` where this user may not know.
pub(crate) fn private_memory(pid: u32) -> Option<ByteSize> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let of = |name: &str| {
        let line = rollup.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    Some(ByteSize::kib(of("Private_Clean:")? + of("Private_Dirty:")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known() {
        let pid = std::process::id();
        assert!(cpu_time(pid).expect("the kernel tells") > Duration::ZERO);
        assert!(private_memory(pid).expect("it is ours") > ByteSize::kib(0));
    }

    #[test]
    fn children_count_when_they_are_reaped() {
        let pid = std::process::id();
        let before = cpu_time_of_reaped(pid).expect("the kernel tells");
        let mut child = std::process::Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done"])
            .spawn()
            .expect("there is a shell");
        assert!(children_of(pid).contains(&child.id()));
        child.wait().expect("it is ours");
        assert!(cpu_time_of_reaped(pid).expect("the kernel tells") > before);
    }
}
