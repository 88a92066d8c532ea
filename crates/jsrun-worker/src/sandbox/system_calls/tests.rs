//! Both parts of the filter, run as the kernel runs them.

use seccompiler::sock_filter;

use super::*;

const PID: u32 = 4711;

/// Beyond the last call of any architecture that there is, by some.
const CALLS: std::ops::Range<libc::c_long> = 0..1000;

/// What a filter is asked about: the kernel's `seccomp_data` on a little-endian machine.
fn data(call: libc::c_long, arguments: [u64; 6]) -> Vec<u8> {
    let architecture: u32 = if cfg!(target_arch = "x86_64") { 0xc000_003e } else { 0xc000_00b7 };
    let call = u32::try_from(call).expect("calls have small numbers");
    let instruction_pointer = [0; 8];
    let arguments = arguments.into_iter().flat_map(u64::to_le_bytes);
    [call.to_le_bytes(), architecture.to_le_bytes()]
        .concat()
        .into_iter()
        .chain(instruction_pointer)
        .chain(arguments)
        .collect()
}

/// Runs the part of classic BPF that the compiler uses; see `include/uapi/linux/bpf_common.h` in the kernel's source.
fn run(program: &[sock_filter], data: &[u8]) -> u32 {
    let (mut place, mut value) = (0, 0_u32);
    loop {
        let sock_filter { code, jt, jf, k } = program[place];
        place += 1;
        let holds = match code {
            0x20 => {
                let at = k as usize;
                value = u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes"));
                continue;
            }
            0x54 => {
                value &= k;
                continue;
            }
            0x05 => {
                place += k as usize;
                continue;
            }
            0x06 => return k,
            0x15 => value == k,
            0x25 => value > k,
            0x35 => value >= k,
            0x45 => value & k != 0,
            other => panic!("unknown instruction {other:#x}"),
        };
        place += usize::from(if holds { jt } else { jf });
    }
}

const ALLOWED: u32 = 0x7fff_0000;

fn in_zygote(filter: &Filter, call: libc::c_long, arguments: [u64; 6]) -> bool {
    run(&filter.first, &data(call, arguments)) == ALLOWED
}

fn in_worker(filter: &Filter, call: libc::c_long, arguments: [u64; 6]) -> bool {
    let second = run(&filter.second_for(PID), &data(call, arguments)) == ALLOWED;
    in_zygote(filter, call, arguments) && second
}

fn filters() -> [Filter; 2] {
    [Code::Allowed, Code::Forbidden].map(|code| Filter::new(code).expect("this processor is supported"))
}

#[test]
fn a_worker_can_make_the_calls_on_the_list_and_no_other() {
    for filter in filters() {
        let checked: Vec<_> = conditional(filter.code).into_iter().map(|(call, _)| call).collect();
        for call in CALLS.filter(|call| !checked.contains(call)) {
            let listed = UNCONDITIONAL.contains(&call);
            let arguments = [u64::MAX; 6];
            assert_eq!(in_worker(&filter, call, arguments), listed, "{call} in a worker");
            let before = listed || BEFORE_THE_RUN.contains(&call);
            assert_eq!(in_zygote(&filter, call, arguments), before, "{call} in the zygote");
        }
    }
}

#[test]
fn arguments_are_checked() {
    let mapping = |protection: libc::c_int, flags: libc::c_int| {
        [0, 4096, u64::from(protection.cast_unsigned()), u64::from(flags.cast_unsigned()), u64::MAX, 0]
    };
    let (private, shared) = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    let (data, code) = (libc::PROT_READ | libc::PROT_WRITE, libc::PROT_READ | libc::PROT_EXEC);
    for filter in filters() {
        let may_be_code = filter.code == Code::Allowed;
        let first = |argument: u64| [argument, 0, 0, 0, 0, 0];
        // The upper half is nothing to the kernel where an argument has 32 bits.
        let noise = 1 << 40;
        for (call, arguments, allowed) in [
            (libc::SYS_mmap, mapping(data, private), true),
            (libc::SYS_mmap, mapping(code, private), may_be_code),
            (libc::SYS_mmap, mapping(data, shared), false),
            (libc::SYS_mmap, mapping(data, private | libc::MAP_GROWSDOWN), false),
            (libc::SYS_mmap, mapping(data, libc::MAP_PRIVATE), false),
            (libc::SYS_mprotect, mapping(data, 0), true),
            (libc::SYS_mprotect, mapping(code, 0), may_be_code),
            (libc::SYS_pkey_mprotect, mapping(code, 0), may_be_code),
            (libc::SYS_sendto, [6, 1, 1, 0, 0, 0], true),
            (libc::SYS_sendto, [6, 1, 1, 0, 1, 16], false),
            (libc::SYS_prlimit64, first(0), true),
            (libc::SYS_prlimit64, first(1), false),
            (libc::SYS_tgkill, first(u64::from(PID)), true),
            (libc::SYS_tgkill, first(u64::from(PID) | noise), true),
            (libc::SYS_tgkill, first(u64::from(PID) + 1), false),
            (libc::SYS_prctl, first(15), true),
            (libc::SYS_prctl, first(16), false),
        ] {
            assert_eq!(in_worker(&filter, call, arguments), allowed, "{call} {arguments:x?}");
        }
    }
}

#[test]
fn calls_of_another_architecture_kill() {
    for filter in filters() {
        let mut foreign = data(libc::SYS_read, [0; 6]);
        foreign[4..8].copy_from_slice(&0x4000_0003_u32.to_le_bytes());
        for program in [&filter.first, &filter.second] {
            assert_eq!(run(program, &foreign), 0x8000_0000, "SECCOMP_RET_KILL_PROCESS");
        }
    }
}

#[test]
fn the_filter_has_one_place_for_the_process_id() {
    for filter in filters() {
        let places = |program: &BpfProgram| program.iter().filter(|place| place.k == OWN_PID).count();
        assert_eq!((places(&filter.first), places(&filter.second)), (0, 1));
    }
}
