//! The engine from outside, in one binary: each links V8.

mod between_runs;
mod calls;
mod cancel;
mod cases;
mod devtools;
mod fuzz;
mod fuzz_grammar;
mod host_functions;
mod hostile_types;
mod inspector;
mod lifecycle;
mod limits;
mod modules;
mod names;
mod platform_loading;
mod reports;
mod round_trip;
mod runtime;
mod scene;
mod shared_modules;
mod side_by_side;
mod spare;
mod streams;
mod support;
mod value_tables;
mod values;
