//! The system call filter: a list of what V8 and the worker's own code need, and nothing else.
//!
//! What is not on the list fails with `EPERM` rather than kill. V8, ICU and libc try calls that they can do without (time
//! zone files, protection keys, names for mappings), and the next version of each may try others; a program that runs into
//! one of those must not die of it. To an attacker it makes no difference: what fails has no effect either way. The calls of
//! another architecture (32-bit ones on `x86_64`) do kill.
//!
//! The filter has two parts, since the kernel takes 0.1 ms to compile and try a list of this length, and takes a moment for
//! a short one after it. The zygote installs the first, which has the list and what the zygote and a worker before its run
//! need besides; its children inherit it. Each worker installs the second, which denies what came besides. A call must be
//! allowed by both. The second part is installed when the worker has its threads, so that nobody can make any more; `TSYNC`
//! puts it on all of them.
//!
//! Descriptors have no conditions: a worker has its socket and `/dev/null`, and no call on the list makes or receives
//! another.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// Calls that may have any arguments.
const UNCONDITIONAL: &[libc::c_long] = &[
    // Memory. The kind of a mapping is settled when it is made.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    // Threads that are there: waiting for each other, ending, their own signals.
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Time.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    // What the process is and runs on. V8 aborts without `uname`.
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_sched_getaffinity,
    libc::SYS_getrandom,
    // The socket, and last words to /dev/null.
    libc::SYS_read,
    libc::SYS_write,
];

/// Calls that only the zygote makes, and workers before their runs: to fork and reap, to pass sockets on, to close what is
/// not theirs, to start threads, to confine themselves.
const BEFORE_THE_RUN: &[libc::c_long] = &[
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_wait4,
    libc::SYS_kill,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_getppid,
    libc::SYS_socketpair,
    libc::SYS_sendmsg,
    libc::SYS_recvfrom,
    libc::SYS_close,
    libc::SYS_close_range,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    libc::SYS_dup3,
    libc::SYS_ppoll,
    libc::SYS_seccomp,
];

/// Stands for the worker's process id, which nobody knows when the filter is compiled. No process has such an id
/// (`PID_MAX_LIMIT` is 2^22).
const OWN_PID: u32 = 0x7a7a_7a7a;

/// Whether new memory may be executable: JIT compilers make theirs so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Allowed,
    Forbidden,
}

/// A compiled filter.
#[derive(Debug)]
pub(super) struct Filter {
    /// For the zygote and its workers.
    first: BpfProgram,
    /// For workers, after the first.
    second: BpfProgram,
    code: Code,
    /// Whether the zygote has the first part.
    shared: bool,
}

impl Filter {
    /// Compiles the filter. It says why when the processor is not one that it can be compiled for.
    pub(super) fn new(code: Code) -> Result<Self, String> {
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let conditional = conditional(code);
        let first = BEFORE_THE_RUN.iter().chain(UNCONDITIONAL).map(|call| (*call, Vec::new()));
        let first = first.chain(conditional.iter().map(|(call, rule)| match rule {
            // What the zygote has no use for is denied to it, too.
            Rule::Always(conditions) => (*call, conditions.clone()),
            Rule::InRuns { .. } => (*call, Vec::new()),
        }));
        let second = BEFORE_THE_RUN.iter().map(|call| (*call, Vec::new()));
        let second = second.chain(conditional.iter().filter_map(|(call, rule)| match rule {
            Rule::Always(_) => None,
            Rule::InRuns { argument, value } => Some((*call, vec![(*argument, Condition::IsNot(*value))])),
        }));
        Ok(Self {
            first: compile(first, denied.clone(), SeccompAction::Allow)?,
            second: compile(second, SeccompAction::Allow, denied)?,
            code,
            shared: false,
        })
    }

    /// Whether it lets new memory be executable.
    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// Puts the first part on this process, whose children inherit it. False when they do already, or when it cannot be.
    pub(super) fn share(&mut self) -> bool {
        if self.shared {
            return false;
        }
        self.shared = seccompiler::apply_filter_all_threads(&self.first).is_ok();
        self.shared
    }

    /// Puts the filter on all threads of the process, which is the one that may send signals to itself.
    pub(super) fn install(&self) -> io::Result<()> {
        if !self.shared {
            seccompiler::apply_filter_all_threads(&self.first).map_err(io::Error::other)?;
        }
        seccompiler::apply_filter_all_threads(&self.second_for(std::process::id())).map_err(io::Error::other)
    }

    fn second_for(&self, pid: u32) -> BpfProgram {
        let mut program = self.second.clone();
        for instruction in &mut program {
            if instruction.k == OWN_PID {
                instruction.k = pid;
            }
        }
        program
    }
}

/// Compiles rules: a call with its conditions, all of which must hold.
fn compile(
    rules: impl Iterator<Item = (libc::c_long, Vec<(u8, Condition)>)>,
    otherwise: SeccompAction,
    action: SeccompAction,
) -> Result<BpfProgram, String> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let mut all: BTreeMap<libc::c_long, Vec<SeccompRule>> = BTreeMap::new();
    for (call, conditions) in rules {
        let rules = all.entry(call).or_default();
        if conditions.is_empty() {
            continue;
        }
        let conditions = conditions.into_iter().map(|(argument, condition)| {
            let (length, operator, value) = condition.into_parts();
            SeccompCondition::new(argument, length, operator, value)
        });
        let rule = conditions.collect::<Result<Vec<_>, _>>().and_then(SeccompRule::new);
        rules.push(rule.map_err(|error| error.to_string())?);
    }
    SeccompFilter::new(all, otherwise, action, architecture)
        .and_then(BpfProgram::try_from)
        .map_err(|error| error.to_string())
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checked = conditional(self.code).len();
        let count = UNCONDITIONAL.len() + checked;
        write!(f, "{count} system calls allowed, {checked} of them with arguments checked")?;
        match self.code {
            Code::Allowed => Ok(()),
            Code::Forbidden => f.write_str("; no new memory is executable"),
        }
    }
}

/// What the arguments of a call must be.
#[derive(Clone, Debug)]
enum Rule {
    /// In the zygote, too. Arguments are counted from zero.
    Always(Vec<(u8, Condition)>),
    /// In a sealed worker: one of them, of 32 bits, is this.
    InRuns { argument: u8, value: u32 },
}

/// What an argument must be.
#[derive(Clone, Copy, Debug)]
enum Condition {
    /// The 32-bit argument is not this.
    IsNot(u32),
    /// Of the 32-bit argument, these bits are so.
    Bits { mask: u32, value: u32 },
    /// The pointer is null.
    Null,
}

impl Condition {
    fn into_parts(self) -> (SeccompCmpArgLen, SeccompCmpOp, u64) {
        match self {
            Self::IsNot(value) => (SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value.into()),
            Self::Bits { mask, value } => {
                (SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask.into()), value.into())
            }
            Self::Null => (SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0),
        }
    }
}

/// Calls of which arguments are checked.
fn conditional(code: Code) -> Vec<(libc::c_long, Rule)> {
    let bits = |flags: libc::c_int| flags.cast_unsigned();
    let kind = libc::MAP_TYPE | libc::MAP_ANONYMOUS | libc::MAP_GROWSDOWN | libc::MAP_HUGETLB;
    let executable = match code {
        // No bit is checked.
        Code::Allowed => 0,
        Code::Forbidden => bits(libc::PROT_EXEC),
    };
    let protection = (2, Condition::Bits { mask: executable, value: 0 });
    // Private memory only: RLIMIT_DATA counts neither what is shared nor what grows down.
    let private =
        (3, Condition::Bits { mask: bits(kind), value: bits(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) });
    vec![
        (libc::SYS_mmap, Rule::Always(vec![protection, private])),
        (libc::SYS_mprotect, Rule::Always(vec![protection])),
        (libc::SYS_pkey_mprotect, Rule::Always(vec![protection])),
        // On the connected socket: to no other address, and without descriptors, which sendmsg could carry.
        (libc::SYS_sendto, Rule::Always(vec![(4, Condition::Null)])),
        // The process's own limits, which can only go down.
        (libc::SYS_prlimit64, Rule::InRuns { argument: 0, value: 0 }),
        // How `abort` ends a process.
        (libc::SYS_tgkill, Rule::InRuns { argument: 0, value: OWN_PID }),
        // A thread that was just made may yet have to take its name.
        (libc::SYS_prctl, Rule::InRuns { argument: 0, value: bits(libc::PR_SET_NAME) }),
    ]
}

#[cfg(test)]
mod tests;
