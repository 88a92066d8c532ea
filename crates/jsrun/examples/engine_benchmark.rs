//! The engine's part of `make bench`: what the engine costs beside a bare V8 that does the same in the same run.
//! docs/benchmarks.md tells the method.
#![expect(clippy::print_stdout, reason = "it prints its table")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use deno_core::v8;
use jsrun::{Call, ConversionLimits, Globals, Limits, Runtime, Value};

/// Rounds of what takes milliseconds. The two sides take turns, so that a noisy minute is noisy for both.
const SLOW_ROUNDS: usize = 60;
/// Rounds of what takes microseconds.
const FAST_ROUNDS: usize = 20_000;
/// Calls of a host function in one evaluation.
const CALLS: u32 = 10_000;
/// Runtimes whose memory is measured.
const IDLE_RUNTIMES: usize = 100;

fn main() -> Result<(), jsrun::Error> {
    // Whoever makes the first runtime pays for V8's own start.
    Runtime::new()?.close();
    println!("| operation | jsrun | bare V8 | ratio |");
    println!("| --- | ---: | ---: | ---: |");
    creation()?;
    evaluation()?;
    host_calls()?;
    memory()?;
    transfer()
}

fn builder() -> jsrun::RuntimeBuilder {
    Runtime::builder()
        .limits(Limits { wall: Duration::from_mins(1), cpu: Duration::MAX, ..Limits::default() })
        .conversion(ConversionLimits { size: jsrun::ByteSize::mib(64), ..ConversionLimits::default() })
}

fn creation() -> Result<(), jsrun::Error> {
    for (name, globals, ahead) in [
        ("web globals", Globals::Web, false),
        ("minimal globals", Globals::Minimal, false),
        ("web globals, the next made ahead", Globals::Web, true),
    ] {
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for _ in 0..SLOW_ROUNDS {
            ours.push(timed(|| {
                let runtime = builder().globals(globals).spare(ahead).build()?;
                black_box(runtime.eval("2 + 2")?);
                Ok::<_, jsrun::Error>(())
            })?);
            bare.push(timed(|| on_a_thread(|| Bare::new().with(|scope| black_box(eval(scope, "2 + 2")))))?);
        }
        row(&format!("runtime with {name}: create, `2 + 2`, close"), &mut ours, &mut bare);
    }
    // What follows is not to have it beside.
    jsrun::end_spare();
    Ok(())
}

fn evaluation() -> Result<(), jsrun::Error> {
    let mut bare = on_a_thread(|| {
        Bare::new().with(|scope| {
            (0..FAST_ROUNDS).map(|_| time(|| black_box(eval(scope, "1 + 1")))).collect::<Vec<_>>()
        })
    })?;
    let mut local = std::thread::spawn(|| {
        let mut runtime = builder().build_local()?;
        (0..FAST_ROUNDS).map(|_| timed(|| runtime.call(black_box("1 + 1")))).collect::<Result<Vec<_>, _>>()
    })
    .join()
    .expect("the thread does not panic")?;
    row("warm eval of `1 + 1`, on its thread", &mut local, &mut bare);
    let runtime = builder().build()?;
    let mut handle =
        (0..FAST_ROUNDS).map(|_| timed(|| runtime.eval("1 + 1"))).collect::<Result<Vec<_>, _>>()?;
    row("warm eval of `1 + 1`, through the handle", &mut handle, &mut bare);
    Ok(())
}

fn host_calls() -> Result<(), jsrun::Error> {
    let code = format!("for (let i = 0; i < {CALLS}; i++) host(i)");
    let per_call = |times: Vec<Duration>| times.into_iter().map(|time| time / CALLS).collect::<Vec<_>>();
    let script = code.clone();
    let mut bare = per_call(on_a_thread(move || {
        Bare::new().with(|scope| {
            let function = v8::Function::new(scope, bare_host).expect("a function");
            let name = v8::String::new(scope, "host").expect("a name");
            scope.get_current_context().global(scope).set(scope, name.into(), function.into());
            (0..SLOW_ROUNDS).map(|_| time(|| black_box(eval(scope, &script)))).collect()
        })
    })?);
    let runtime = builder().build()?;
    runtime.bind_function("host", |mut args: Vec<Value>| Ok(args.pop().unwrap_or_default()))?;
    let mut ours =
        per_call((0..SLOW_ROUNDS).map(|_| timed(|| runtime.eval(&*code))).collect::<Result<Vec<_>, _>>()?);
    row("call of a host function, a number there and back", &mut ours, &mut bare);
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "V8's callbacks take their arguments so")]
fn bare_host(
    _: &mut v8::PinScope<'_, '_>,
    args: v8::FunctionCallbackArguments<'_>,
    mut result: v8::ReturnValue<'_>,
) {
    result.set(args.get(0));
}

fn memory() -> Result<(), jsrun::Error> {
    for (name, globals) in [("web globals", Globals::Web), ("minimal globals", Globals::Minimal)] {
        let before = resident();
        let runtimes =
            (0..IDLE_RUNTIMES).map(|_| builder().globals(globals).build()).collect::<Result<Vec<_>, _>>()?;
        for runtime in &runtimes {
            runtime.eval("2 + 2")?;
        }
        let each = resident().saturating_sub(before) / IDLE_RUNTIMES;
        println!(
            "| memory of an idle runtime with {name} (resident, {IDLE_RUNTIMES} of them) | {} KiB | | |",
            each / 1024
        );
        drop(runtimes);
    }
    Ok(())
}

fn transfer() -> Result<(), jsrun::Error> {
    let runtime = builder().build()?;
    let text = "x".repeat(1 << 20);
    let Value::Function(take) = runtime.eval("(x) => undefined")? else { unreachable!("it is a function") };
    runtime.eval(
        "globalThis.text = 'x'.repeat(1 << 20); globalThis.bytes = new Uint8Array(1 << 20);
         globalThis.numbers = Array.from({ length: 100_000 }, (_, i) => i);
         globalThis.strings = Array.from({ length: 100_000 }, (_, i) => `item ${i}`); 0",
    )?;
    let numbers = Value::Array((0..100_000_u32).map(Value::from).collect());
    let strings =
        Value::Array((0..100_000_u32).map(|number| Value::from(format!("item {number}"))).collect());
    let cases = [
        Transfer { name: "1 MiB string", global: "text", value: Value::from(text.as_str()), bytes: 1 << 20 },
        Transfer {
            name: "1 MiB of bytes",
            global: "bytes",
            value: Value::Bytes(vec![1; 1 << 20]),
            bytes: 1 << 20,
        },
        Transfer { name: "array of 100,000 numbers", global: "numbers", value: numbers, bytes: 800_000 },
        Transfer { name: "array of 100,000 strings", global: "strings", value: strings, bytes: 1_088_890 },
    ];
    println!();
    println!("| value | out of JavaScript | into JavaScript | `memcpy` of as many bytes |");
    println!("| --- | ---: | ---: | ---: |");
    for Transfer { name, global, value, bytes } in cases {
        let mut out =
            (0..SLOW_ROUNDS).map(|_| timed(|| runtime.eval(global))).collect::<Result<Vec<_>, _>>()?;
        let mut into = Vec::new();
        for _ in 0..SLOW_ROUNDS {
            let value = value.clone();
            into.push(timed(|| runtime.call(Call::function(&take, [value])))?);
        }
        let source = vec![1_u8; bytes];
        let mut copy: Vec<_> =
            (0..SLOW_ROUNDS).map(|_| time(|| black_box(black_box(&source).clone()))).collect();
        println!(
            "| {name} | {} | {} | {} |",
            Shown(median(&mut out)),
            Shown(median(&mut into)),
            Shown(median(&mut copy))
        );
    }
    Ok(())
}

/// A value that crosses.
struct Transfer {
    name: &'static str,
    /// Where JavaScript has it.
    global: &'static str,
    value: Value,
    bytes: usize,
}

/// An isolate and a context, and nothing else.
struct Bare(v8::OwnedIsolate);

impl Bare {
    fn new() -> Self {
        Self(v8::Isolate::new(v8::CreateParams::default()))
    }

    fn with<R>(&mut self, work: impl FnOnce(&mut v8::PinScope<'_, '_>) -> R) -> R {
        v8::scope!(let scope, &mut self.0);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        work(scope)
    }
}

fn eval(scope: &mut v8::PinScope<'_, '_>, code: &str) -> f64 {
    v8::scope!(let scope, scope);
    let source = v8::String::new(scope, code).expect("it is short");
    let name = v8::String::new(scope, "<eval>").expect("it is short");
    let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
    let script = v8::Script::compile(scope, source, Some(&origin)).expect("it compiles");
    script.run(scope).and_then(|value| value.number_value(scope)).unwrap_or(f64::NAN)
}

fn on_a_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R, jsrun::Error> {
    let thread = std::thread::Builder::new().spawn(work).map_err(jsrun::Error::Thread)?;
    Ok(thread.join().expect("the thread does not panic"))
}

fn time<R>(work: impl FnOnce() -> R) -> Duration {
    let started = Instant::now();
    black_box(work());
    started.elapsed()
}

fn timed<R, E>(work: impl FnOnce() -> Result<R, E>) -> Result<Duration, E> {
    let started = Instant::now();
    black_box(work()?);
    Ok(started.elapsed())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn row(name: &str, ours: &mut [Duration], bare: &mut [Duration]) {
    let (ours, bare) = (median(ours), median(bare));
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!("| {name} | {} | {} | {ratio:.2} × |", Shown(ours), Shown(bare));
}

/// A duration in the unit that suits it.
struct Shown(Duration);

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds >= 1e-3 {
            write!(f, "{:.2} ms", seconds * 1e3)
        } else {
            write!(f, "{:.2} µs", seconds * 1e6)
        }
    }
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0);
    // SAFETY: a question without arguments that matter.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * usize::try_from(page).unwrap_or(4096)
}
