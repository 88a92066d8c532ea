//! The engine from outside, in one binary: each links V8.

mod cancel;
mod cases;
mod limits;
mod runtime;
mod support;
