//! Whether to colour what people read.

use std::io::IsTerminal;

use crate::environment;

/// Whether a stream's text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    /// For a terminal.
    On,
    /// For everything else, and for who does not want them.
    Off,
}

impl Colours {
    pub(crate) fn of_stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    pub(crate) fn of_stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    fn of(stream: &impl IsTerminal) -> Self {
        let unwanted = std::env::var_os(environment::NO_COLOR).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os(environment::TERM).is_some_and(|value| value == "dumb");
        if stream.is_terminal() && !unwanted && !dumb { Self::On } else { Self::Off }
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.paint(31, text)
    }

    pub(crate) fn grey(self, text: &str) -> String {
        self.paint(90, text)
    }

    fn paint(self, number: u8, text: &str) -> String {
        match self {
            Self::On => format!("\x1b[{number}m{text}\x1b[39m"),
            Self::Off => text.to_owned(),
        }
    }
}
