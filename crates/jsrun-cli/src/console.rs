//! The console of a program, on standard output and standard error as it happens.

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, PoisonError};

use jsrun_types::{ConsoleEvent, ConsoleLevel, Event};

/// Where what programs say goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    failure: Arc<Mutex<Option<io::Error>>>,
}

impl Console {
    /// Shows an event. Tells whether anybody is there to see it.
    pub(crate) fn show(&self, event: Event) -> bool {
        let Event::Console(event) = event;
        match event.level {
            ConsoleLevel::Warn | ConsoleLevel::Error | ConsoleLevel::Trace => {
                // Whoever has closed standard error does not want it.
                let _closed = io::stderr().write_all(lines(&event).as_bytes());
                true
            }
            ConsoleLevel::GroupEnd => true,
            ConsoleLevel::Group | ConsoleLevel::GroupCollapsed if event.text.is_empty() => true,
            ConsoleLevel::Clear => !io::stdout().is_terminal() || self.write("\x1b[H\x1b[2J"),
            ConsoleLevel::Debug
            | ConsoleLevel::Log
            | ConsoleLevel::Info
            | ConsoleLevel::Dir
            | ConsoleLevel::Table
            | ConsoleLevel::Group
            | ConsoleLevel::GroupCollapsed => self.write(&lines(&event)),
        }
    }

    /// Writes to standard output, at once. Tells whether that went well.
    pub(crate) fn write(&self, text: &str) -> bool {
        let mut output = io::stdout().lock();
        match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
            Ok(()) => true,
            Err(error) => {
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                false
            }
        }
    }

    /// Why standard output takes nothing any more, if it does not.
    pub(crate) fn failure(&self) -> Option<io::Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The text, each line of it as far to the right as the groups say.
fn lines(event: &ConsoleEvent) -> String {
    let indentation = "  ".repeat(usize::try_from(event.group).unwrap_or(0).min(DEEPEST));
    let mut text = String::with_capacity(event.text.len() + 1);
    for line in event.text.split('\n') {
        text.push_str(&indentation);
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Groups that are nested deeper show as this one.
const DEEPEST: usize = 40;
