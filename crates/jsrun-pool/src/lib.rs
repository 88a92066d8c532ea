//! Ready workers, deadlines and the surety that they die.
//!
//! A [`Pool`] keeps worker processes ready, each with a fresh runtime; [`Pool::checkout`] pops one, [`Checkout::run`]
//! gives it a program and streams what happens: zero or more events, then exactly one outcome, whatever dies.
//! Dropping a [`Checkout`] or a [`Run`] kills its worker.
//!
//! A run's limits are enforced in its worker, politely, and from here, surely: a *meter* looks at the process.
//!
//! Inside, a *supervisor* task decides when workers and zygotes are made, a *family* task speaks with each zygote and
//! knows its workers, and a *driver* task serves each run, so that a deadline holds even when nobody polls the run.

#![forbid(unsafe_code)]

mod backoff;
mod births;
mod budget;
mod census;
mod config;
mod descriptors;
mod driver;
mod error;
mod family;
mod meter;
mod pool;
mod process;
mod ready;
mod run;
mod sandbox;
mod session;
mod shared;
mod supervisor;
mod worker;
mod zygote;

pub use config::{PoolConfig, WorkerGlobals};
pub use descriptors::raise_descriptor_limit;
pub use error::{PoolError, SandboxError};
pub use pool::{Checkout, Pool, PoolStatus};
pub use run::{Run, RunItem};
pub use session::{Session, SessionEnd};
