//! Runs the program given as the first argument and prints what happens:
//! `cargo run --release -p jsrun --example evaluate -- 'console.log("hi"); 1 + 1'`
#![expect(clippy::print_stdout, reason = "an example that prints")]

use jsrun::Runtime;
use jsrun_types::{Event, Limits, RunRequest, Status};

fn main() -> Result<(), jsrun::Error> {
    let code = std::env::args().nth(1).unwrap_or_else(|| "2 + 2".to_owned());
    let limits = Limits::default();
    let runtime = Runtime::new()?;
    let request = RunRequest { limits, ..RunRequest::new(code) };
    let outcome = runtime.run(request, |event| match event {
        Event::Console(event) => println!("[{}] {}", event.level, event.text),
    })?;
    match &outcome.status {
        Status::Ok(value) => println!("{}", value.to_text()),
        status => println!("{}", status.error_text(&limits).unwrap_or_default()),
    }
    println!("{:?}", outcome.usage);
    Ok(())
}
