//! What confines workers: the operating system's layers, and attempts to get past them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whether workers must be confined.
///
/// ```
/// use jsrun_types::SandboxMode;
///
/// assert_eq!("require".parse(), Ok(SandboxMode::Require));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SandboxMode {
    /// No worker runs anything unless every required layer holds.
    Require,
    /// What can be had is used; what is missing is told.
    Auto,
    /// No layer is used, even if it could be.
    Off,
}

/// One way in which the operating system confines a worker.
///
/// ```
/// use jsrun_types::SandboxLayer;
///
/// assert!(SandboxLayer::SystemCalls.is_required());
/// assert_eq!(SandboxLayer::SystemCalls.name(), "seccomp");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SandboxLayer {
    /// Neither root's nor any capability: a worker of root's is nobody.
    User,
    /// No program that is executed could gain privileges.
    NoNewPrivileges,
    /// `rlimit`s: memory, CPU time, and no descriptors, processes, files or core dumps.
    ResourceLimits,
    /// No process of the same user can read or trace a worker.
    NotDumpable,
    /// The seccomp filter: a list of the system calls that V8 needs.
    SystemCalls,
    /// Landlock: no file and no port.
    Landlock,
    /// A network, IPC and host name of its own, which nobody else is in.
    Namespaces,
}

/// Whether a layer holds.
///
/// ```
/// use jsrun_types::{LayerReport, LayerState, SandboxLayer};
///
/// let state = LayerState::Missing("the kernel is too old".to_owned());
/// assert!(!LayerReport { layer: SandboxLayer::Landlock, state }.holds());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LayerState {
    /// It does, in this way.
    Holds(String),
    /// It does not, for this reason.
    Missing(String),
}

/// What became of one layer.
///
/// ```
/// use jsrun_types::{LayerReport, LayerState, SandboxLayer};
///
/// let report = LayerReport { layer: SandboxLayer::User, state: LayerState::Holds("nobody".to_owned()) };
/// assert!(report.holds());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Which.
    pub layer: SandboxLayer,
    /// What became of it.
    pub state: LayerState,
}

/// Something that no worker may do. The self-test tries each from within a worker's confinement.
///
/// ```
/// assert_eq!(jsrun_types::Attempt::ReadFile.to_string(), "read a file");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Attempt {
    /// Open a file for reading.
    ReadFile,
    /// Open a file for writing.
    WriteFile,
    /// Connect to a TCP port of this machine.
    ConnectTcp,
    /// Make a Unix socket, with which to connect to another.
    ConnectUnix,
    /// Make a process.
    Fork,
    /// Make a thread.
    StartThread,
    /// Execute a program.
    Execute,
    /// Send a signal to the parent.
    SignalParent,
    /// Trace the parent.
    TraceParent,
    /// Open one's own memory as a file.
    OpenMemory,
    /// Make a file in memory, which no limit counts.
    MakeMemoryFile,
    /// Make a pipe, whose buffer no limit counts.
    MakePipe,
    /// Map memory that is shared, which no limit counts.
    ShareMemory,
}

/// What became of an attempt.
///
/// ```
/// use jsrun_types::AttemptResult;
///
/// let eperm = 1;
/// assert_ne!(AttemptResult::Denied(eperm), AttemptResult::Succeeded);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptResult {
    /// The system refused, with this `errno`.
    Denied(i32),
    /// It worked, which it must not.
    Succeeded,
}

/// One attempt and what became of it.
///
/// ```
/// use jsrun_types::{Attempt, AttemptReport, AttemptResult, SandboxReport};
///
/// let attempts = vec![AttemptReport { attempt: Attempt::Fork, result: AttemptResult::Denied(1) }];
/// let report = SandboxReport { layers: Vec::new(), attempts };
/// assert_eq!(report.attempt(Attempt::Fork), Some(AttemptResult::Denied(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptReport {
    /// What was tried.
    pub attempt: Attempt,
    /// What became of it.
    pub result: AttemptResult,
}

/// What confines the workers of one zygote, and the proof of it.
///
/// ```
/// use jsrun_types::SandboxReport;
///
/// // Nothing holds and nothing was tried: there is much to say.
/// let report = SandboxReport { layers: Vec::new(), attempts: Vec::new() };
/// assert!(!report.shortcomings().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    /// Every layer, in the order of [`SandboxLayer::ALL`].
    pub layers: Vec<LayerReport>,
    /// The self-test's attempts. One that is missing was not answered: the self-test died of it.
    pub attempts: Vec<AttemptReport>,
}

impl SandboxMode {
    /// The mode's name on the command line and in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Require => "require",
            Self::Auto => "auto",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for SandboxMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no [`SandboxMode`].
///
/// ```
/// let error = "perhaps".parse::<jsrun_types::SandboxMode>().unwrap_err();
/// assert_eq!(error.to_string(), "not one of require, auto and off");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSandboxMode;

impl fmt::Display for UnknownSandboxMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of require, auto and off")
    }
}

impl std::error::Error for UnknownSandboxMode {}

impl FromStr for SandboxMode {
    type Err = UnknownSandboxMode;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Require, Self::Auto, Self::Off]
            .into_iter()
            .find(|mode| mode.name() == name)
            .ok_or(UnknownSandboxMode)
    }
}

impl SandboxLayer {
    /// Every layer: the required ones first.
    pub const ALL: [Self; 7] = [
        Self::User,
        Self::NoNewPrivileges,
        Self::ResourceLimits,
        Self::NotDumpable,
        Self::SystemCalls,
        Self::Landlock,
        Self::Namespaces,
    ];

    /// The layer's name in logs, answers and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::NoNewPrivileges => "no-new-privileges",
            Self::ResourceLimits => "resource-limits",
            Self::NotDumpable => "not-dumpable",
            Self::SystemCalls => "seccomp",
            Self::Landlock => "landlock",
            Self::Namespaces => "namespaces",
        }
    }

    /// Whether [`SandboxMode::Require`] asks for it.
    ///
    /// Landlock and namespaces are not: some kernels and most containers lack them, and the system call filter alone
    /// denies every call that they would judge.
    pub const fn is_required(self) -> bool {
        !matches!(self, Self::Landlock | Self::Namespaces)
    }

    /// What whoever runs the server can do when the layer is missing.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::User => {
                "start jsrun as an ordinary user (in a container: docker run --user 65534), or leave root the \
                 capabilities SETUID, SETGID, SETPCAP and KILL"
            }
            Self::NoNewPrivileges | Self::NotDumpable => {
                "needs Linux 3.5 or later, without another system's emulation"
            }
            Self::ResourceLimits => "let jsrun's user lower its own resource limits",
            Self::SystemCalls => {
                "needs a kernel with CONFIG_SECCOMP_FILTER on x86_64 or aarch64; a container's own filter must allow \
                 the call seccomp"
            }
            Self::Landlock => {
                "needs Linux 5.13 or later with landlock among the boot parameter lsm=; a container's own filter must \
                 allow the landlock calls"
            }
            Self::Namespaces => {
                "an extra only: let users make user namespaces (sysctl kernel.unprivileged_userns_clone=1, \
                 kernel.apparmor_restrict_unprivileged_userns=0), if nothing else on the machine suffers from it"
            }
        }
    }
}

impl fmt::Display for SandboxLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl LayerReport {
    /// Whether the layer holds.
    pub const fn holds(&self) -> bool {
        matches!(self.state, LayerState::Holds(_))
    }
}

impl Attempt {
    /// Every attempt, in the order in which they are made. The last replaces the process if it succeeds.
    pub const ALL: [Self; 13] = [
        Self::ReadFile,
        Self::WriteFile,
        Self::OpenMemory,
        Self::ConnectTcp,
        Self::ConnectUnix,
        Self::MakeMemoryFile,
        Self::MakePipe,
        Self::ShareMemory,
        Self::SignalParent,
        Self::TraceParent,
        Self::StartThread,
        Self::Fork,
        Self::Execute,
    ];

    /// What is tried, as an infinitive.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadFile => "read a file",
            Self::WriteFile => "write a file",
            Self::OpenMemory => "open /proc/self/mem",
            Self::ConnectTcp => "connect to a TCP port",
            Self::ConnectUnix => "make a Unix socket",
            Self::MakeMemoryFile => "make a file in memory",
            Self::MakePipe => "make a pipe",
            Self::ShareMemory => "map shared memory",
            Self::SignalParent => "signal the parent",
            Self::TraceParent => "trace the parent",
            Self::StartThread => "start a thread",
            Self::Fork => "make a process",
            Self::Execute => "execute a program",
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl SandboxReport {
    /// What became of an attempt; `None` when the self-test did not answer.
    pub fn attempt(&self, attempt: Attempt) -> Option<AttemptResult> {
        self.attempts.iter().find(|report| report.attempt == attempt).map(|report| report.result)
    }

    /// What [`SandboxMode::Require`] refuses to start for; empty when it would start.
    pub fn shortcomings(&self) -> Vec<Shortcoming> {
        let layers =
            SandboxLayer::ALL.into_iter().filter(|layer| layer.is_required()).filter_map(|layer| match self
                .layers
                .iter()
                .find(|report| report.layer == layer)
                .map(|report| &report.state)
            {
                Some(LayerState::Holds(_)) => None,
                Some(LayerState::Missing(reason)) => {
                    Some(Shortcoming::Layer { layer, reason: reason.clone() })
                }
                None => Some(Shortcoming::Layer { layer, reason: "it was not reported".to_owned() }),
            });
        let attempts = Attempt::ALL.into_iter().filter_map(|attempt| match self.attempt(attempt) {
            Some(AttemptResult::Denied(_)) => None,
            Some(AttemptResult::Succeeded) => Some(Shortcoming::Possible(attempt)),
            None => Some(Shortcoming::Unanswered(attempt)),
        });
        layers.chain(attempts).collect()
    }
}

/// A reason for which workers are not confined as [`SandboxMode::Require`] asks.
///
/// ```
/// use jsrun_types::{Attempt, Shortcoming};
///
/// let shortcoming = Shortcoming::Possible(Attempt::ConnectTcp);
/// assert_eq!(shortcoming.to_string(), "the self-test could connect to a TCP port");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortcoming {
    /// A required layer is missing.
    Layer {
        /// Which.
        layer: SandboxLayer,
        /// Why.
        reason: String,
    },
    /// The self-test could do what no worker may.
    Possible(Attempt),
    /// The self-test did not tell whether it could.
    Unanswered(Attempt),
}

impl fmt::Display for Shortcoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer { layer, reason } => {
                write!(f, "the layer {layer} is missing: {reason} ({})", layer.advice())
            }
            Self::Possible(attempt) => write!(f, "the self-test could {attempt}"),
            Self::Unanswered(attempt) => write!(f, "the self-test did not tell whether it could {attempt}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> SandboxReport {
        SandboxReport {
            layers: SandboxLayer::ALL
                .map(|layer| LayerReport { layer, state: LayerState::Holds("so".to_owned()) })
                .into(),
            attempts: Attempt::ALL
                .map(|attempt| AttemptReport { attempt, result: AttemptResult::Denied(1) })
                .into(),
        }
    }

    #[test]
    fn a_whole_report_has_no_shortcomings() {
        assert_eq!(whole().shortcomings(), []);
    }

    #[test]
    fn only_required_layers_are_required() {
        for index in 0..SandboxLayer::ALL.len() {
            let mut report = whole();
            report.layers[index].state = LayerState::Missing("why".to_owned());
            let layer = report.layers[index].layer;
            assert_eq!(report.shortcomings().is_empty(), !layer.is_required(), "{layer}");
            report.layers.remove(index);
            assert_eq!(report.shortcomings().is_empty(), !layer.is_required(), "{layer}");
        }
    }

    #[test]
    fn every_attempt_must_be_denied() {
        for index in 0..Attempt::ALL.len() {
            let mut report = whole();
            report.attempts[index].result = AttemptResult::Succeeded;
            assert_eq!(report.shortcomings(), [Shortcoming::Possible(Attempt::ALL[index])]);
            report.attempts.remove(index);
            assert_eq!(report.shortcomings(), [Shortcoming::Unanswered(Attempt::ALL[index])]);
        }
    }

    #[test]
    fn modes_are_named_as_they_are_parsed() {
        for mode in [SandboxMode::Require, SandboxMode::Auto, SandboxMode::Off] {
            assert_eq!(mode.name().parse(), Ok(mode));
        }
        assert_eq!("on".parse::<SandboxMode>(), Err(UnknownSandboxMode));
    }
}
