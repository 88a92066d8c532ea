//! Resource limits.

use std::fmt;
use std::io;
use std::time::Duration;

use jsrun_types::{ByteSize, Limits};
use rustix::process::{Resource, Rlimit, setrlimit};

/// What a worker may map before its run's limits are known, when only our own code runs in it: more than any run's.
const UNTIL_THE_RUN: ByteSize = ByteSize::mib(16 << 10);

/// CPU time of a worker before its run's limits are known.
const CPU_UNTIL_THE_RUN: Duration = Duration::from_mins(10);

/// For what is neither V8's heap nor array buffers, which are each within the run's limit: 128 MiB of Wasm memory
/// (`jsrun::initialize_v8` has the flag), 64 MiB of heap to stop a program in (`jsrun`'s heap limit), the compilers' zones,
/// code, and the program's text a few times over.
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
}

impl Ceilings {
    /// Takes note of what is there. Where the kernel does not say, a worker's limit has less room.
    pub(super) fn measure() -> Self {
        let inherited = std::fs::read_to_string("/proc/self/statm").ok().and_then(|statm| {
            // The sixth number counts pages of data and stack.
            statm.split(' ').nth(5)?.parse::<u64>().ok()
        });
        let page = rustix::param::page_size() as u64;
        Self { inherited: ByteSize::bytes(inherited.unwrap_or(0).saturating_mul(page)) }
    }

    /// Applies what holds for every worker. It must have its threads and descriptors: there will be no more of them.
    pub(super) fn apply() -> io::Result<()> {
        for resource in [Resource::Core, Resource::Fsize, Resource::Nofile, Resource::Nproc] {
            limit(resource, 0)?;
        }
        limit(Resource::Data, UNTIL_THE_RUN.as_u64())?;
        limit(Resource::Cpu, CPU_UNTIL_THE_RUN.as_secs())
    }

    /// Lowers memory and CPU time to what a run with these limits may need.
    pub(super) fn narrow(&self, limits: &Limits) -> io::Result<()> {
        let memory = limits.memory.as_u64().saturating_mul(2);
        let data = memory.saturating_add(self.inherited.as_u64()).saturating_add(ROOM.as_u64());
        limit(Resource::Data, data.min(UNTIL_THE_RUN.as_u64()))?;
        let cpu = limits.cpu.saturating_add(CPU_GRACE).as_secs().saturating_add(1);
        limit(Resource::Cpu, cpu.min(CPU_UNTIL_THE_RUN.as_secs()))
    }
}

impl fmt::Display for Ceilings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "memory and CPU time by the run's limits; no new descriptors, processes, files or core dumps",
        )
    }
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    // Who started the server may have set less.
    let least = |inherited: Option<u64>| Some(inherited.map_or(value, |inherited| inherited.min(value)));
    let Rlimit { current, maximum } = rustix::process::getrlimit(resource);
    Ok(setrlimit(resource, Rlimit { current: least(current), maximum: least(maximum) })?)
}
