//! Limits of one run, and the names of those that can be hit.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A number of bytes.
///
/// ```
/// use jsrun_types::ByteSize;
///
/// assert_eq!(ByteSize::mib(128).as_u64(), 134_217_728);
/// assert_eq!(ByteSize::bytes(1536).to_string(), "1.5 KiB");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ByteSize(u64);

impl ByteSize {
    /// `count` bytes.
    pub const fn bytes(count: u64) -> Self {
        Self(count)
    }

    /// `count` kibibytes (1,024 bytes each).
    pub const fn kib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// `count` mebibytes (1,048,576 bytes each).
    pub const fn mib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// The number of bytes.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The number of bytes as a length in memory, saturating where `usize` is smaller.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for ByteSize {
    /// In the largest binary unit of which there is at least one, with one decimal if it is not whole: `128 MiB`,
    /// `1.5 KiB`, `17 B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        for (unit, size) in UNITS {
            if self.0 >= size {
                let (whole, rest) = (self.0 / size, self.0 % size);
                return if rest == 0 {
                    write!(f, "{whole} {unit}")
                } else {
                    write!(f, "{whole}.{} {unit}", rest * 10 / size)
                };
            }
        }
        write!(f, "{} B", self.0)
    }
}

/// What one run may use.
///
/// Each limit is enforced inside the engine, politely. Wall time and output are enforced again by the pool from
/// outside, surely; for an engine that does not obey, CPU time and memory are bounded only by the resource limits of a
/// sandboxed worker, somewhat above these.
///
/// ```
/// use jsrun_types::{LimitKind, Limits};
/// use std::time::Duration;
///
/// let limits = Limits { wall: Duration::from_millis(500), ..Limits::default() };
/// assert_eq!(limits.exceeded(LimitKind::Wall), "wall time limit exceeded (0.5 s)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Time from the run's first instruction to its outcome. Default 5 s, as the playground's contract says.
    pub wall: Duration,
    /// CPU time of the thread that runs the program. Default 5 s.
    pub cpu: Duration,
    /// V8's heap and the array buffers together. Default 128 MiB.
    pub memory: ByteSize,
    /// Text of console events and of the value, as sent. Default 1 MiB.
    pub output: ByteSize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(5),
            cpu: Duration::from_secs(5),
            memory: ByteSize::mib(128),
            output: ByteSize::mib(1),
        }
    }
}

impl Limits {
    /// The limit's value for people: `0.5 s`, `128 MiB`.
    pub fn describe(&self, kind: LimitKind) -> String {
        match kind {
            LimitKind::Wall => describe_seconds(self.wall),
            LimitKind::Cpu => describe_seconds(self.cpu),
            LimitKind::Memory => self.memory.to_string(),
            LimitKind::Output => self.output.to_string(),
        }
    }

    /// The sentence that tells a user which limit ended the run and what its value is:
    /// `wall time limit exceeded (0.5 s)`.
    pub fn exceeded(&self, kind: LimitKind) -> String {
        format!("{kind} limit exceeded ({})", self.describe(kind))
    }
}

fn describe_seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// Which limit.
///
/// ```
/// assert_eq!(jsrun_types::LimitKind::Cpu.to_string(), "CPU time");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LimitKind {
    /// [`Limits::wall`].
    Wall,
    /// [`Limits::cpu`].
    Cpu,
    /// [`Limits::memory`].
    Memory,
    /// [`Limits::output`].
    Output,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wall => "wall time",
            Self::Cpu => "CPU time",
            Self::Memory => "memory",
            Self::Output => "output",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_sizes_read_as_people_write_them() {
        assert_eq!(ByteSize::bytes(17).to_string(), "17 B");
        assert_eq!(ByteSize::bytes(1536).to_string(), "1.5 KiB");
        assert_eq!(ByteSize::mib(128).to_string(), "128 MiB");
        assert_eq!(ByteSize::mib(2048).to_string(), "2 GiB");
    }

    #[test]
    fn an_exceeded_limit_names_itself_and_its_value() {
        let limits = Limits { wall: Duration::from_millis(500), ..Limits::default() };
        assert_eq!(limits.exceeded(LimitKind::Wall), "wall time limit exceeded (0.5 s)");
        assert_eq!(limits.exceeded(LimitKind::Memory), "memory limit exceeded (128 MiB)");
    }
}
