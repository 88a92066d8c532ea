//! Runs `tests/cases/`, and the hostile programs of `tests/hostile/`, through a front door.
//!
//! A case is a JavaScript or TypeScript file whose first lines say what must come of it:
//!
//! ```text
//! // limit wall_ms: 300
//! // expect console log: hello
//! // expect value: [
//! // expect value:   1
//! // expect value: ]
//! ```
//!
//! `expect value` lines are the value's text, line by line; `expect error` is the error's text with its position;
//! `expect status` is a status that has no text to compare, such as `wall_time`; `expect console LEVEL` lines are the
//! console events in order. A case without `expect console` must print nothing. Limits are `wall_ms`, `cpu_ms`,
//! `memory_bytes` and `output_bytes`.
//!
//! A line `// file lib/math.ts` begins a file that the program above it can import. With `// entry main.ts` among the first
//! lines there is no program above, and that file is run as a module.
//!
//! A hostile program is such a file, too. It names every status with which it may end, most often one
//! (`expect status: memory | crashed` where V8 is free to choose); its value, error and console matter only where it
//! names them.

mod case;
mod hostile;
mod observed;

pub use case::{Case, Expected, all_cases};
pub use hostile::{HostileProgram, all_hostile_programs};
pub use observed::{ConsoleLine, Observed};
