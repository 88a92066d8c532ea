//! Random programs whose values are converted, and handed back through a function. A moment of it with every test;
//! `make fuzz` for as long as one likes.

use std::io::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jsrun::{
    ByteSize, Call, ConversionErrorKind, ConversionLimits, Error, FunctionHandle, LimitKind, Limits, Runtime,
    Value,
};

use crate::fuzz_grammar::{PRELUDE, Random, program};
use crate::round_trip::{as_javascript_keeps, same};

/// How many programs are tried when nobody says for how long to try.
const PROGRAMS: u64 = 500;

/// What starts the random numbers when nobody says it: the same programs each time.
const SEED: u64 = 1;

/// How many programs share a runtime, and with it what they patched.
const PROGRAMS_OF_A_RUNTIME: u64 = 40;

/// What a program may take of the processor. Some loop for ever; none has anything to wait for.
const CPU: Duration = Duration::from_millis(30);

/// The largest value that crosses.
const SIZE: ByteSize = ByteSize::kib(256);

/// When a call that has not ended hangs, however busy the machine is.
const HANGS: Duration = Duration::from_mins(1);

/// How often a long search says that it lives.
const PROGRAMS_PER_LINE: u64 = 10_000;

#[test]
fn random_values_cross_or_say_why_not() {
    let seed = number("JSRUN_FUZZ_SEED").unwrap_or(SEED);
    let end = number("JSRUN_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    let mut subject = Subject::new();
    while end.map_or(tally.programs < PROGRAMS, |end| Instant::now() < end) {
        if tally.programs % PROGRAMS_OF_A_RUNTIME == 0 {
            subject = Subject::new();
        }
        let program = program(&mut random);
        subject.test(&program, &mut tally);
        tally.programs += 1;
        if end.is_some() && tally.programs % PROGRAMS_PER_LINE == 0 {
            tally.tell(seed);
        }
    }
    if end.is_some() {
        tally.tell(seed);
    }
    // A grammar of which nothing crosses, or everything, would test little.
    assert!(tally.crossed > tally.programs / 10, "{tally:?}");
    assert!(tally.refused > tally.programs / 50, "{tally:?}");
    assert!(tally.threw > tally.programs / 50, "{tally:?}");
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text:?}")))
}

/// What became of the programs.
#[derive(Debug, Default)]
struct Tally {
    programs: u64,
    crossed: u64,
    refused: u64,
    threw: u64,
    stopped: u64,
}

impl Tally {
    /// Past the harness, which keeps what a test prints until it has failed.
    fn tell(&self, seed: u64) {
        writeln!(std::io::stderr(), "seed {seed}: {self:?}").expect("stderr is open");
    }
}

/// A runtime that programs are tried on.
struct Subject {
    runtime: Runtime,
    echo: FunctionHandle,
}

impl Subject {
    fn new() -> Self {
        let runtime = Runtime::builder()
            // What is done to make it ready takes its time on a busy machine.
            .limits(Limits { wall: HANGS, memory: ByteSize::mib(64), ..Limits::default() })
            .conversion(ConversionLimits { depth: 60, size: SIZE, pack_numbers: true })
            .build()
            .expect("a runtime starts");
        runtime.bind_function("host", |args: Vec<Value>| Ok(Value::Array(args))).expect("it binds");
        let start = |code: &str| runtime.call(code).unwrap_or_else(|error| panic!("{code}: {error}"));
        start(PRELUDE);
        let Value::Function(echo) = start("(x) => x") else { panic!("not a function") };
        Self { runtime, echo }
    }

    /// Evaluates a program, and hands back what came out.
    fn test(&mut self, program: &str, tally: &mut Tally) {
        let result = self.call(Call::eval(program).cpu(CPU), program);
        if !self.lives_on(program) {
            *self = Self::new();
        } else if let Ok(value) = &result {
            self.hand_back(value, program);
        }
        match result {
            Ok(_) => tally.crossed += 1,
            Err(Error::Exception(_) | Error::Pending | Error::NeverSettles) => tally.threw += 1,
            Err(Error::Conversion(error)) => {
                assert!(error.path.starts_with("value"), "{} in {program}", error.path);
                tally.refused += 1;
            }
            Err(Error::Limit { .. }) => tally.stopped += 1,
            Err(
                error @ (Error::Start(_)
                | Error::Thread(_)
                | Error::Closed(_)
                | Error::Cancelled
                | Error::Reentrant
                | Error::Busy
                | Error::SourceTooLong { .. }
                | Error::ReadOnlyGlobal { .. }),
            ) => panic!("{error}\n{program}"),
        }
    }

    /// Whether the runtime can go on: not when its memory was exceeded, nor when the program left something that throws
    /// in the next call.
    fn lives_on(&self, program: &str) -> bool {
        match self.call(Call::eval("1 + 1").cpu(CPU), program) {
            Ok(value) => {
                assert_eq!(value.as_f64(), Some(2.0), "{program}");
                true
            }
            Err(Error::Closed(_) | Error::Exception(_) | Error::Limit { .. }) => false,
            Err(error) => panic!("{error}, after {program}"),
        }
    }

    /// What came out goes in, and comes out the same.
    fn hand_back(&self, value: &Value, program: &str) {
        let back = self.call(Call::function(&self.echo, [value.clone()]), program);
        match back {
            Ok(back) => assert!(
                same(&as_javascript_keeps(value), &back),
                "{value}\ncame back as\n{back}\nfrom\n{program}"
            ),
            // What is left of the buffers' budget may not be enough, and an error without a stack gets one.
            Err(Error::Conversion(error))
                if matches!(error.kind, ConversionErrorKind::Size { limit, .. } if limit > SIZE.as_u64())
                    || has_error_without_stack(value) => {}
            Err(Error::Limit { kind: LimitKind::Memory, .. }) => {}
            Err(error) => panic!("{error}\nhanding back {value}\nfrom {program}"),
        }
    }

    /// Makes a call, which must end.
    fn call(&self, call: Call, program: &str) -> Result<Value, Error> {
        let (sender, answer) = mpsc::channel();
        self.runtime.begin_call(call, move |result| {
            let _ = sender.send(result);
        });
        answer.recv_timeout(HANGS * 2).unwrap_or_else(|_| panic!("it hangs: {program}"))
    }
}

fn has_error_without_stack(value: &Value) -> bool {
    match value {
        Value::Error(exception) => exception.stack.is_none(),
        Value::Array(elements) | Value::Set(elements) => elements.iter().any(has_error_without_stack),
        Value::Object(properties) => properties.iter().any(|(_, value)| has_error_without_stack(value)),
        Value::Map(entries) => {
            entries.iter().any(|(key, value)| has_error_without_stack(key) || has_error_without_stack(value))
        }
        _ => false,
    }
}
