//! `jsrun run`, `jsrun eval` and `jsrun repl`: the real binary, as shells start it.

mod cases;
mod eval;
mod folder;
mod process;
mod repl;
mod run;
mod stops;
mod terminal;
