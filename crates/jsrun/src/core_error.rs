//! Errors that `deno_core`'s event loop gives, such as what a timer's callback threw.

use deno_core::error::{CoreError, CoreErrorKind, JsError};
use jsrun_types::{Exception, Position, StackFrame};

use crate::stack_trace::is_internal;

pub(crate) fn describe(error: &CoreError) -> Exception {
    match error.as_kind() {
        CoreErrorKind::Js(error) => from_js_error(error),
        _ => Exception {
            name: Some("Error".to_owned()),
            message: error.to_string(),
            stack: None,
            position: None,
            frames: Vec::new(),
            cause: None,
        },
    }
}

fn from_js_error(error: &JsError) -> Exception {
    let frames: Vec<StackFrame> = error
        .frames
        .iter()
        .filter(|frame| !frame.file_name.as_deref().is_some_and(is_internal))
        .map(|frame| StackFrame {
            function: frame.function_name.clone().filter(|name| !name.is_empty()),
            position: position(frame),
        })
        .collect();
    Exception {
        name: error.name.clone(),
        message: match (&error.name, &error.message) {
            (Some(_), message) => message.clone().unwrap_or_default(),
            (None, _) => error.exception_message.trim_start_matches("Uncaught ").to_owned(),
        },
        stack: error.stack.clone(),
        position: frames.iter().find_map(|frame| frame.position.clone()),
        frames,
        cause: error.cause.as_deref().map(from_js_error).map(Box::new),
    }
}

fn position(frame: &deno_core::error::JsStackFrame) -> Option<Position> {
    let number = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
    Some(Position {
        file: frame.file_name.clone()?,
        line: number(frame.line_number)?,
        column: number(frame.column_number)?,
    })
}
