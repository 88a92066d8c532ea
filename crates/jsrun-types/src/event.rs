//! What happens during a run.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Position, Preview};

/// One thing that happened during a run, in order.
///
/// ```
/// use jsrun_types::{ConsoleEvent, ConsoleLevel, Event, Preview};
/// use std::time::Duration;
///
/// let event = Event::Console(ConsoleEvent {
///     level: ConsoleLevel::Warn,
///     args: vec![Preview::Null],
///     text: "null".to_owned(),
///     position: None,
///     group: 0,
///     time: Duration::from_millis(3),
/// });
/// let Event::Console(call) = event;
/// assert_eq!(format!("{}: {}", call.level, call.text), "warn: null");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A call of a console method.
    Console(ConsoleEvent),
}

/// A call of a console method.
///
/// ```
/// use jsrun_types::{ConsoleEvent, ConsoleLevel};
/// use std::time::Duration;
///
/// let call = ConsoleEvent {
///     level: ConsoleLevel::Log,
///     args: Vec::new(),
///     text: "in a group".to_owned(),
///     position: None,
///     group: 1,
///     time: Duration::ZERO,
/// };
/// assert_eq!("  ".repeat(call.group as usize) + &call.text, "  in a group");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsoleEvent {
    /// What the method means.
    pub level: ConsoleLevel,
    /// The arguments.
    #[serde(deserialize_with = "crate::preview::counted_elements")]
    pub args: Vec<Preview>,
    /// The arguments as one text, format specifiers applied. Indentation by groups is left to who shows it.
    pub text: String,
    /// Where the method was called.
    pub position: Option<Position>,
    /// How many `console.group` are open.
    pub group: u32,
    /// Since the run's start.
    pub time: Duration,
}

/// What a console method means.
///
/// ```
/// assert_eq!(jsrun_types::ConsoleLevel::GroupCollapsed.to_string(), "groupCollapsed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ConsoleLevel {
    /// `console.debug`.
    Debug,
    /// `console.log`, `count`, `timeLog`, `timeEnd`, `dirxml`.
    Log,
    /// `console.info`.
    Info,
    /// `console.warn`, and `countReset` or `timeEnd` of an unknown label.
    Warn,
    /// `console.error`, and `assert` that failed.
    Error,
    /// `console.dir`.
    Dir,
    /// `console.table`.
    Table,
    /// `console.trace`.
    Trace,
    /// `console.group`.
    Group,
    /// `console.groupCollapsed`.
    GroupCollapsed,
    /// `console.groupEnd`.
    GroupEnd,
    /// `console.clear`.
    Clear,
}

impl ConsoleLevel {
    /// The name in the console standard's spelling: `groupCollapsed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Log => "log",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Dir => "dir",
            Self::Table => "table",
            Self::Trace => "trace",
            Self::Group => "group",
            Self::GroupCollapsed => "groupCollapsed",
            Self::GroupEnd => "groupEnd",
            Self::Clear => "clear",
        }
    }
}

impl fmt::Display for ConsoleLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
