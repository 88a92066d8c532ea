//! Snapshots made by the real `jsrun snapshot-builder`, and runtimes that start from them.

mod builder;
mod command;
mod runtimes;
mod support;
