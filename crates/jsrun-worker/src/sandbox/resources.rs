//! Resource limits.

use std::fmt;
use std::io;
use std::time::Duration;

use jsrun_types::{ByteSize, Limits};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a worker may map before its run's limits are known, when only our own code runs in it: more than any run's.
const UNTIL_THE_RUN: ByteSize = ByteSize::mib(16 << 10);

/// CPU time of a worker before its run's limits are known.
const CPU_UNTIL_THE_RUN: Duration = Duration::from_mins(10);

/// For what is neither V8's heap nor array buffers, which are each within the run's limits: 128 MiB of Wasm memory
/// (`jsrun::initialize_v8` has the flag), 64 MiB of heap to stop a program in (`jsrun`'s heap limit), the compilers' zones,
/// code, 64 MiB of stack to remove types on, and the program's text a few times over.
const ROOM: ByteSize = ByteSize::mib(320);

/// From a run's limit of CPU time, which the engine ends politely, to the kernel's: it counts whole seconds.
const CPU_GRACE: Duration = Duration::from_secs(2);

/// The limits, and what the zygote knows of those to come.
///
/// Of memory, V8 reserves far more address space than it uses, so that `RLIMIT_AS` says nothing. `RLIMIT_DATA` counts what
/// is private and writable, which is all that the system call filter lets a worker map.
#[derive(Debug)]
pub(super) struct Ceilings {
    /// What the zygote, and hence each worker, has mapped from the start.
    inherited: ByteSize,
    /// What whoever started the server allows of memory and CPU time.
    data: Rlimit,
    cpu: Rlimit,
}

impl Ceilings {
    /// Applies the limits that the zygote itself can do with, and takes note of what there is.
    pub(super) fn enter() -> io::Result<Self> {
        setrlimit(Resource::Core, NOTHING)?;
        let data = at_most(UNTIL_THE_RUN.as_u64(), getrlimit(Resource::Data));
        setrlimit(Resource::Data, data)?;
        Ok(Self { inherited: mapped(), data, cpu: getrlimit(Resource::Cpu) })
    }

    /// In a worker, applies what holds for every worker. It must have its threads and descriptors: there will be no more of
    /// them.
    pub(super) fn apply(&self) -> io::Result<()> {
        for resource in [Resource::Fsize, Resource::Nofile, Resource::Nproc] {
            setrlimit(resource, NOTHING)?;
        }
        // Not for good: the run's own limit may be higher.
        let Rlimit { current, .. } = at_most(CPU_UNTIL_THE_RUN.as_secs(), self.cpu);
        Ok(setrlimit(Resource::Cpu, Rlimit { current, ..self.cpu })?)
    }

    /// In a worker, lowers memory and CPU time to what a run with these limits, and array buffers with one of their own, may
    /// need.
    pub(super) fn narrow(&self, limits: &Limits, buffers: Option<ByteSize>) -> io::Result<()> {
        let buffers = buffers.unwrap_or(limits.memory);
        let memory = limits.memory.as_u64().saturating_add(buffers.as_u64());
        let data = memory.saturating_add(self.inherited.as_u64()).saturating_add(ROOM.as_u64());
        setrlimit(Resource::Data, at_most(data, self.data))?;
        if limits.cpu == Duration::MAX {
            // A session's: its calls are limited in wall time.
            return Ok(setrlimit(Resource::Cpu, self.cpu)?);
        }
        let cpu = limits.cpu.saturating_add(CPU_GRACE).as_secs().saturating_add(1);
        Ok(setrlimit(Resource::Cpu, at_most(cpu, self.cpu))?)
    }
}

impl fmt::Display for Ceilings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "memory and CPU time by the run's limits; no new descriptors, processes, files or core dumps",
        )
    }
}

const NOTHING: Rlimit = Rlimit { current: Some(0), maximum: Some(0) };

/// A limit that is not above the inherited one.
fn at_most(value: u64, inherited: Rlimit) -> Rlimit {
    let least = |inherited: Option<u64>| Some(inherited.map_or(value, |inherited| inherited.min(value)));
    Rlimit { current: least(inherited.current), maximum: least(inherited.maximum) }
}

/// What this process has mapped of its own. Where the kernel does not say, a worker's limit has less room.
fn mapped() -> ByteSize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|statm| {
        // The sixth number counts pages of data and stack.
        statm.split(' ').nth(5)?.parse::<u64>().ok()
    });
    ByteSize::bytes(pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64))
}
