//! What came of a run, as every front door can tell it.

use jsrun_types::{Event, Limits, Outcome, Status};

/// What came of a run, as every front door can tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// As clients see it: `ok`, `error`, `wall_time`, …
    pub status: String,
    /// The value's text, when the status is `ok`.
    pub value: Option<String>,
    /// The error's text with its position, when it is not.
    pub error: Option<String>,
    /// Console events in order.
    pub console: Vec<ConsoleLine>,
}

/// A console event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// `log`, `warn`, …
    pub level: String,
    /// The arguments as one text.
    pub text: String,
}

impl Observed {
    /// From what the engine and the worker give.
    pub fn new(events: &[Event], outcome: &Outcome, limits: &Limits) -> Self {
        let value = match &outcome.status {
            Status::Ok(value) => Some(value.to_text()),
            _ => None,
        };
        let console = events
            .iter()
            .map(|event| match event {
                Event::Console(event) => {
                    ConsoleLine { level: event.level.to_string(), text: event.text.clone() }
                }
            })
            .collect();
        Self {
            status: outcome.status.as_str().to_owned(),
            value,
            error: outcome.status.error_text(limits),
            console,
        }
    }
}
