//! Events as JSON.

use jsrun_types::{ConsoleEvent, Event, Position};
use serde::Serialize;

use super::PreviewBody;

/// One event of a run, tagged by `type`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum EventBody {
    /// A call of a console method.
    Console(ConsoleBody),
}

impl EventBody {
    /// The name of the server-sent event.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Console(_) => "console",
        }
    }
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        match event {
            Event::Console(console) => Self::Console(console.into()),
        }
    }
}

/// A call of a console method.
#[derive(Debug, Serialize)]
pub(crate) struct ConsoleBody {
    /// The method in the console standard's spelling: `groupCollapsed`.
    level: &'static str,
    args: Vec<PreviewBody>,
    text: String,
    position: Option<PositionBody>,
    /// Open groups.
    group: u32,
    /// Microseconds since the run's start.
    t_us: u64,
}

impl From<ConsoleEvent> for ConsoleBody {
    fn from(event: ConsoleEvent) -> Self {
        Self {
            level: event.level.as_str(),
            args: event.args.into_iter().map(PreviewBody::from).collect(),
            text: event.text,
            position: event.position.map(PositionBody::from),
            group: event.group,
            t_us: u64::try_from(event.time.as_micros()).unwrap_or(u64::MAX),
        }
    }
}

/// A place in the program as written; line and column count from 1, columns in UTF-16 code units.
#[derive(Debug, Serialize)]
pub(crate) struct PositionBody {
    file: String,
    line: u32,
    column: u32,
}

impl From<Position> for PositionBody {
    fn from(position: Position) -> Self {
        Self { file: position.file, line: position.line, column: position.column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsrun_types::{ConsoleLevel, Preview};
    use std::time::Duration;

    #[test]
    fn a_console_event_has_the_documented_shape() {
        let event = Event::Console(ConsoleEvent {
            level: ConsoleLevel::GroupCollapsed,
            args: vec![Preview::Null],
            text: "null".to_owned(),
            position: Some(Position { file: "main.js".to_owned(), line: 1, column: 9 }),
            group: 2,
            time: Duration::from_micros(1500),
        });
        let body = EventBody::from(event);
        assert_eq!(body.name(), "console");
        assert_eq!(
            serde_json::to_value(body).expect("JSON"),
            serde_json::json!({
                "type": "console",
                "level": "groupCollapsed",
                "args": [{ "type": "null" }],
                "text": "null",
                "position": { "file": "main.js", "line": 1, "column": 9 },
                "group": 2,
                "t_us": 1500
            })
        );
    }
}
