//! The engine from outside, in one binary: each links V8.

mod between_runs;
mod cancel;
mod cases;
mod limits;
mod reports;
mod runtime;
mod support;
