//! The system call filter: a list of what V8 and the worker's own code need, and nothing else.
//!
//! What is not on the list fails with `EPERM` rather than kill. V8, ICU and libc try calls that they can do without (time
//! zone files, protection keys, names for mappings), and the next version of each may try others; a program that runs into
//! one of those must not die of it. To an attacker it makes no difference: what fails has no effect either way. The calls of
//! another architecture (32-bit ones on `x86_64`) do kill.
//!
//! The filter is installed when the worker has its threads, so that it need not allow to make any; `TSYNC` puts it on all of
//! them. Descriptors have no conditions: a worker has its socket and `/dev/null`, and no call on the list makes or receives
//! another.

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

/// Calls that may have any arguments.
const UNCONDITIONAL: [libc::c_long; 29] = [
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
    program: BpfProgram,
    code: Code,
}

impl Filter {
    /// Compiles the filter. It says why when the processor is not one that it can be compiled for.
    pub(super) fn new(code: Code) -> Result<Self, String> {
        let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
        let mut rules: BTreeMap<libc::c_long, Vec<SeccompRule>> =
            UNCONDITIONAL.map(|call| (call, Vec::new())).into();
        for (call, arguments) in conditional(code) {
            let conditions = arguments.into_iter().map(|(argument, condition)| {
                let (length, operator, value) = condition.into_parts();
                SeccompCondition::new(argument, length, operator, value)
            });
            let rule = conditions.collect::<Result<Vec<_>, _>>().and_then(SeccompRule::new);
            rules.entry(call).or_default().push(rule.map_err(|error| error.to_string())?);
        }
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let program = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)
            .and_then(BpfProgram::try_from)
            .map_err(|error| error.to_string())?;
        Ok(Self { program, code })
    }

    /// Whether it lets new memory be executable.
    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// Puts the filter on all threads of the process, which is the one that may send signals to itself.
    pub(super) fn install(&self) -> io::Result<()> {
        let mut program = self.program.clone();
        let own_pid = std::process::id();
        for instruction in &mut program {
            if instruction.k == OWN_PID {
                instruction.k = own_pid;
            }
        }
        seccompiler::apply_filter_all_threads(&program).map_err(io::Error::other)
    }
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

/// What an argument must be.
#[derive(Clone, Copy, Debug)]
enum Condition {
    /// The 32-bit argument is this.
    Is(u32),
    /// Of the 32-bit argument, these bits are so.
    Bits { mask: u32, value: u32 },
    /// The pointer is null.
    Null,
}

impl Condition {
    fn into_parts(self) -> (SeccompCmpArgLen, SeccompCmpOp, u64) {
        match self {
            Self::Is(value) => (SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value.into()),
            Self::Bits { mask, value } => {
                (SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask.into()), value.into())
            }
            Self::Null => (SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0),
        }
    }
}

/// Calls of which arguments, counted from zero, are checked.
fn conditional(code: Code) -> Vec<(libc::c_long, Vec<(u8, Condition)>)> {
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
        (libc::SYS_mmap, vec![protection, private]),
        (libc::SYS_mprotect, vec![protection]),
        (libc::SYS_pkey_mprotect, vec![protection]),
        // On the connected socket: to no other address, and without descriptors, which sendmsg could carry.
        (libc::SYS_sendto, vec![(4, Condition::Null)]),
        // The process's own limits, which can only go down.
        (libc::SYS_prlimit64, vec![(0, Condition::Is(0))]),
        // How `abort` ends a process.
        (libc::SYS_tgkill, vec![(0, Condition::Is(OWN_PID))]),
        // A thread that was just made may yet have to take its name.
        (libc::SYS_prctl, vec![(0, Condition::Is(bits(libc::PR_SET_NAME)))]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_has_one_place_for_the_process_id() {
        for code in [Code::Allowed, Code::Forbidden] {
            let filter = Filter::new(code).expect("this processor is supported");
            let places = filter.program.iter().filter(|instruction| instruction.k == OWN_PID).count();
            assert_eq!(places, 1);
        }
    }
}
