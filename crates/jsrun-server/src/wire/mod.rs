//! The JSON shapes of the HTTP API, and their conversions from and to the domain's types.
//!
//! The domain's types encode for the worker's frames; these are tagged and named for people and pages.

mod event;
mod execute;
mod field;
mod limits;
mod outcome;
mod preview;
mod run;

pub(crate) use event::EventBody;
pub(crate) use execute::{ExecuteAnswer, ExecuteBody};
pub(crate) use limits::{LimitsAnswer, LimitsBody, LimitsRequest};
pub(crate) use outcome::OutcomeBody;
pub(crate) use preview::PreviewBody;
pub(crate) use run::{RunBody, RunStarted};
