//! What a worker uses, seen from outside.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use jsrun_proto::ExitStatus;
use jsrun_types::{ByteSize, LimitKind, Limits};
use rustix::process::Signal;

use crate::process::Process;
use crate::worker::{Exit, Worker};

/// How often a run's process is looked at. A processor fills some 20 MB in that time; the first look comes after most
/// runs have ended.
pub(crate) const INTERVAL: Duration = Duration::from_millis(10);

/// What a process may hold beside the heap and the array buffers, which are each within the run's limit: 64 MiB of
/// heap to stop a program in, what was there before the run (5 MiB), the compilers' zones and the program's text.
const ROOM: ByteSize = ByteSize::mib(96);

/// By how much CPU time may exceed its limit, to be ended politely.
const CPU_GRACE: Duration = Duration::from_millis(100);

/// CPU time, birth included, after which a process is one that computes for long: several times what a small run takes.
const LONG: Duration = Duration::from_millis(10);

/// A run's process against the run's limits.
#[derive(Debug)]
pub(crate) struct Meter {
    process: Arc<Process>,
    /// What of its memory does not count.
    program: ByteSize,
    memory_limit: ByteSize,
    cpu_limit: Duration,
    peak: ByteSize,
    slowed: bool,
}

/// What a process uses at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    /// What is its own and in memory.
    memory: ByteSize,
    /// Of all its threads, to a hundredth of a second.
    cpu: Duration,
}

impl Meter {
    /// Array buffers may have a limit of their own.
    pub(crate) fn new(worker: &Worker, limits: &Limits, buffers: Option<ByteSize>) -> Self {
        let buffers = buffers.unwrap_or(limits.memory);
        let memory = limits.memory.as_u64().saturating_add(buffers.as_u64()).saturating_add(ROOM.as_u64());
        Self {
            process: Arc::clone(&worker.process),
            program: worker.program,
            memory_limit: ByteSize::bytes(memory),
            cpu_limit: limits.cpu.saturating_add(CPU_GRACE),
            peak: ByteSize::default(),
            slowed: false,
        }
    }

    /// Looks at the process: which limit it is over, if any. One that has computed for long gets out of the way of those
    /// that have not, and of the server.
    pub(crate) fn look(&mut self) -> Option<LimitKind> {
        let reading = self.read()?;
        if !self.slowed && reading.cpu >= LONG {
            self.slowed = true;
            self.process.lower_priority();
        }
        self.judge(reading)
    }

    /// As [`Meter::look`], at a process that may compute for as long as it likes.
    pub(crate) fn look_on(&mut self) -> Option<LimitKind> {
        let reading = self.read()?;
        self.judge(reading)
    }

    fn judge(&mut self, reading: Reading) -> Option<LimitKind> {
        let Reading { memory, cpu } = reading;
        self.peak = self.peak.max(memory);
        if memory > self.memory_limit {
            Some(LimitKind::Memory)
        } else if cpu > self.cpu_limit {
            Some(LimitKind::Cpu)
        } else {
            None
        }
    }

    /// `None` when the process is gone, or when this system hides others' processes.
    fn read(&self) -> Option<Reading> {
        let folder = format!("/proc/{}", self.process.pid());
        let statm = fs::read_to_string(format!("{folder}/statm")).ok()?;
        let stat = fs::read_to_string(format!("{folder}/stat")).ok()?;
        // Not ended now, it was the one that its id meant before.
        if !self.process.is_alive() {
            return None;
        }
        let memory = private_memory(&statm)?.as_u64().saturating_sub(self.program.as_u64());
        Some(Reading { memory: ByteSize::bytes(memory), cpu: cpu_time(&stat)? })
    }

    /// Which limit a worker died of, if the kernel or a failed allocation ended it.
    pub(crate) fn cause_of_death(&self, exit: Exit) -> Option<LimitKind> {
        let ExitStatus::Signal(signal) = exit.status else { return None };
        // At its limit of CPU time the kernel sends one or the other (`RLIMIT_CPU`, soft and hard).
        let by_kernel = [Signal::KILL, Signal::XCPU].iter().any(|kernel| kernel.as_raw() == signal);
        if by_kernel && exit.cpu > self.cpu_limit {
            return Some(LimitKind::Cpu);
        }
        // Where memory is refused or taken away, V8 aborts, others use the null that they got, and the kernel kills.
        let allowed = self.memory_limit.as_u64() / 2;
        (self.peak.max(exit.memory).as_u64() > allowed).then_some(LimitKind::Memory)
    }
}

/// From `/proc/PID/statm`: resident pages that no file backs.
fn private_memory(statm: &str) -> Option<ByteSize> {
    let mut pages = statm.split_ascii_whitespace().skip(1).map(str::parse::<u64>);
    let (resident, shared) = (pages.next()?.ok()?, pages.next()?.ok()?);
    let page = rustix::param::page_size() as u64;
    Some(ByteSize::bytes(resident.saturating_sub(shared).saturating_mul(page)))
}

/// From `/proc/PID/stat`: time in user and kernel mode.
fn cpu_time(stat: &str) -> Option<Duration> {
    // The name comes before, and may contain anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(11).map(str::parse::<u64>);
    let ticks = ticks.next()?.ok()?.checked_add(ticks.next()?.ok()?)?;
    let per_second = rustix::param::clock_ticks_per_second();
    Duration::from_secs(ticks).checked_div(u32::try_from(per_second).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_understood() {
        let page = rustix::param::page_size() as u64;
        assert_eq!(private_memory("4474827 2378 1227 8779 0 132555 0\n"), Some(ByteSize::bytes(1151 * page)));
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194560 1 2 3 4 150 50 8 9 20 0 1 0 5\n";
        assert_eq!(cpu_time(stat), Some(Duration::from_secs(200) / 100));
        assert_eq!((private_memory(""), cpu_time("1 (x) S")), (None, None));
    }
}
