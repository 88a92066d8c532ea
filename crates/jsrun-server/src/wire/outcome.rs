//! Outcomes as JSON.

use std::time::Duration;

use jsrun_types::{Exception, Limits, Outcome, StackFrame, Status, Usage};
use serde::Serialize;

use super::event::PositionBody;
use super::{LimitsBody, PreviewBody};

/// How a run ended. `type` is always `outcome`, so that it can stand among events.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "outcome")]
pub(crate) struct OutcomeBody {
    status: &'static str,
    /// Only when the status is `ok`.
    value: Option<PreviewBody>,
    /// The value as a console shows it.
    text: Option<String>,
    /// Only when the status is not `ok`.
    error: Option<ErrorBody>,
    usage: UsageBody,
    limits: LimitsBody,
}

impl OutcomeBody {
    /// The name of the server-sent event.
    pub(crate) const NAME: &'static str = "outcome";

    /// The outcome of a run that had `limits`.
    pub(crate) fn new(outcome: Outcome, limits: &Limits) -> Self {
        let sentence = outcome.status.error_text(limits);
        let status = outcome.status.as_str();
        let (value, text, error) = match outcome.status {
            Status::Ok(value) => {
                let text = value.to_text();
                (Some(PreviewBody::from(value)), Some(text), None)
            }
            Status::Error(exception) => (None, None, Some(ErrorBody::from(exception))),
            Status::Limit(_) => (None, None, Some(ErrorBody::of_service("LimitError", sentence))),
            Status::Cancelled => (None, None, Some(ErrorBody::of_service("CancelledError", sentence))),
            Status::Crashed => (None, None, Some(ErrorBody::of_service("CrashError", sentence))),
        };
        let (usage, limits) = (outcome.usage.into(), (*limits).into());
        Self { status, value, text, error, usage, limits }
    }
}

/// What the program threw, or what ended it.
#[derive(Debug, Serialize)]
struct ErrorBody {
    name: Option<String>,
    message: String,
    stack: Option<String>,
    position: Option<PositionBody>,
    frames: Vec<FrameBody>,
    cause: Option<Box<ErrorBody>>,
}

impl ErrorBody {
    /// An end that is not the program's own doing.
    fn of_service(name: &str, sentence: Option<String>) -> Self {
        Self {
            name: Some(name.to_owned()),
            message: sentence.unwrap_or_default(),
            stack: None,
            position: None,
            frames: Vec::new(),
            cause: None,
        }
    }
}

impl From<Exception> for ErrorBody {
    fn from(exception: Exception) -> Self {
        Self {
            name: exception.name,
            message: exception.message,
            stack: exception.stack,
            position: exception.position.map(PositionBody::from),
            frames: exception.frames.into_iter().map(FrameBody::from).collect(),
            cause: exception.cause.map(|cause| Box::new(Self::from(*cause))),
        }
    }
}

/// One call of a stack.
#[derive(Debug, Serialize)]
struct FrameBody {
    function: Option<String>,
    position: Option<PositionBody>,
}

impl From<StackFrame> for FrameBody {
    fn from(frame: StackFrame) -> Self {
        Self { function: frame.function, position: frame.position.map(PositionBody::from) }
    }
}

/// What a run used.
#[derive(Debug, Serialize)]
struct UsageBody {
    /// Milliseconds with three decimals.
    wall_ms: f64,
    /// Milliseconds with three decimals.
    cpu_ms: f64,
    peak_heap_bytes: u64,
    peak_memory_bytes: u64,
    output_bytes: u64,
}

impl From<Usage> for UsageBody {
    fn from(usage: Usage) -> Self {
        Self {
            wall_ms: milliseconds(usage.wall),
            cpu_ms: milliseconds(usage.cpu),
            peak_heap_bytes: usage.peak_heap.as_u64(),
            peak_memory_bytes: usage.peak_memory.as_u64(),
            output_bytes: usage.output.as_u64(),
        }
    }
}

/// Milliseconds with three decimals: finer is noise.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsrun_types::{LimitKind, Position, Preview};
    use serde_json::{Value, json};

    fn shape(status: Status) -> Value {
        let usage = Usage { wall: Duration::from_micros(1500), ..Usage::default() };
        let limits = Limits { wall: Duration::from_millis(500), ..Limits::default() };
        serde_json::to_value(OutcomeBody::new(Outcome { status, usage }, &limits)).expect("JSON")
    }

    #[test]
    fn a_value_has_the_documented_shape() {
        assert_eq!(
            shape(Status::Ok(Preview::Boolean(true))),
            json!({
                "type": "outcome",
                "status": "ok",
                "value": { "type": "boolean", "value": true },
                "text": "true",
                "error": null,
                "usage": {
                    "wall_ms": 1.5, "cpu_ms": 0.0, "peak_heap_bytes": 0, "peak_memory_bytes": 0, "output_bytes": 0
                },
                "limits": { "wall_ms": 500, "cpu_ms": 5000, "memory_bytes": 134_217_728, "output_bytes": 1_048_576 }
            })
        );
    }

    #[test]
    fn an_exception_keeps_its_frames_and_causes() {
        let position = Position { file: "main.js".to_owned(), line: 2, column: 3 };
        let cause = Exception {
            name: None,
            message: "42".to_owned(),
            stack: None,
            position: None,
            frames: Vec::new(),
            cause: None,
        };
        let outcome = shape(Status::Error(Exception {
            name: Some("TypeError".to_owned()),
            message: "no".to_owned(),
            stack: Some("TypeError: no".to_owned()),
            position: Some(position.clone()),
            frames: vec![StackFrame { function: Some("f".to_owned()), position: Some(position) }],
            cause: Some(Box::new(cause)),
        }));
        let place = json!({ "file": "main.js", "line": 2, "column": 3 });
        assert_eq!(
            (&outcome["status"], &outcome["value"], &outcome["text"]),
            (&json!("error"), &Value::Null, &Value::Null)
        );
        assert_eq!(
            outcome["error"],
            json!({
                "name": "TypeError", "message": "no", "stack": "TypeError: no", "position": place,
                "frames": [{ "function": "f", "position": place }],
                "cause": {
                    "name": null, "message": "42", "stack": null, "position": null, "frames": [], "cause": null
                }
            })
        );
    }

    #[test]
    fn an_end_by_the_service_says_which_and_why() {
        let table = [
            (Status::Limit(LimitKind::Wall), "wall_time", "LimitError", "wall time limit exceeded (0.5 s)"),
            (Status::Limit(LimitKind::Cpu), "cpu_time", "LimitError", "CPU time limit exceeded (5 s)"),
            (Status::Limit(LimitKind::Memory), "memory", "LimitError", "memory limit exceeded (128 MiB)"),
            (Status::Limit(LimitKind::Output), "output", "LimitError", "output limit exceeded (1 MiB)"),
            (Status::Cancelled, "cancelled", "CancelledError", "cancelled"),
            (Status::Crashed, "crashed", "CrashError", "crashed"),
        ];
        for (status, name, error, sentence) in table {
            let outcome = shape(status);
            assert_eq!(outcome["status"], name);
            assert_eq!(outcome["error"]["name"], error);
            let message = outcome["error"]["message"].as_str().expect("a sentence");
            assert!(message.contains(sentence), "{message}");
        }
    }
}
