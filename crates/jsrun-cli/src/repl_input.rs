//! Where the REPL's programs come from: a person at a terminal, or a pipe.

use std::io::{IsTerminal as _, Stdin};
use std::path::PathBuf;

use anyhow::Context as _;
use jsrun::{Handle, Syntax, check_syntax};
use jsrun_types::Language;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::{environment, logging};

const PROMPT: &str = "> ";
/// The prompt of `.editor`.
const CONTINUED: &str = "... ";
/// Entries that the history keeps.
const LONGEST_HISTORY: usize = 1_000;
const COMMANDS: [&str; 7] = [".clear", ".editor", ".exit", ".help", ".load", ".save", ".typescript"];

/// Where programs come from.
pub(crate) enum Input {
    Terminal(Box<Terminal>),
    Pipe { input: Stdin, language: Language },
}

/// A person at a terminal.
pub(crate) struct Terminal {
    editor: Editor<Assistant, FileHistory>,
    history: Option<PathBuf>,
}

/// What came.
pub(crate) enum Entry {
    /// A whole program, or all there is of one; or a command.
    Text(String),
    /// The line was dropped with Ctrl-C.
    Dropped,
    /// Nothing more.
    End,
}

impl Input {
    /// Takes standard input.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub(crate) fn start(runtime: Handle, language: Language) -> anyhow::Result<Self> {
        let input = std::io::stdin();
        if !input.is_terminal() {
            return Ok(Self::Pipe { input, language });
        }
        let config = Config::builder()
            .max_history_size(LONGEST_HISTORY)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .build();
        let mut editor = Editor::with_config(config).context("cannot use the terminal")?;
        editor.set_helper(Some(Assistant { runtime, language, waits_for_whole: true }));
        let history = history_file();
        if let Some(file) = &history {
            // Without one, this is the first time.
            let _missing = editor.load_history(file);
        }
        Ok(Self::Terminal(Box::new(Terminal { editor, history })))
    }

    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::Terminal(_))
    }

    /// From now on names are those of another runtime, and programs are in this language.
    pub(crate) fn follow(&mut self, runtime: Handle, language: Language) {
        match self {
            Self::Terminal(terminal) => {
                terminal.editor.set_helper(Some(Assistant { runtime, language, waits_for_whole: true }));
            }
            Self::Pipe { language: current, .. } => *current = language,
        }
    }

    /// The next program or command.
    ///
    /// # Errors
    /// When the terminal or the pipe fails.
    pub(crate) fn next(&mut self) -> anyhow::Result<Entry> {
        match self {
            Self::Terminal(terminal) => terminal.next(),
            Self::Pipe { input, language } => next_of_pipe(input, *language),
        }
    }

    /// Lines up to Ctrl-D, or the end of the pipe, as one text; `None` when they were dropped.
    ///
    /// # Errors
    /// When the terminal or the pipe fails.
    pub(crate) fn edit(&mut self) -> anyhow::Result<Option<String>> {
        match self {
            Self::Terminal(terminal) => terminal.edit(),
            Self::Pipe { input, .. } => {
                std::io::read_to_string(input).context("cannot read standard input").map(Some)
            }
        }
    }
}

impl Terminal {
    fn next(&mut self) -> anyhow::Result<Entry> {
        match self.editor.readline(PROMPT) {
            Ok(text) => {
                self.remember(&text);
                Ok(Entry::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Entry::Dropped),
            Err(ReadlineError::Eof) => Ok(Entry::End),
            Err(error) => Err(error).context("cannot read from the terminal"),
        }
    }

    fn edit(&mut self) -> anyhow::Result<Option<String>> {
        logging::say("Ctrl-D runs the lines, Ctrl-C drops them");
        self.set_waits_for_whole(false);
        let mut lines = Vec::new();
        let edited = loop {
            match self.editor.readline(CONTINUED) {
                Ok(line) => lines.push(line),
                Err(ReadlineError::Interrupted) => break Ok(None),
                Err(ReadlineError::Eof) => break Ok(Some(lines.join("\n"))),
                Err(error) => break Err(error).context("cannot read from the terminal"),
            }
        };
        self.set_waits_for_whole(true);
        if let Ok(Some(text)) = &edited {
            self.remember(text);
        }
        edited
    }

    fn set_waits_for_whole(&mut self, waits: bool) {
        if let Some(assistant) = self.editor.helper_mut() {
            assistant.waits_for_whole = waits;
        }
    }

    /// Adds to the history. One that cannot be kept is none.
    fn remember(&mut self, text: &str) {
        let added = self.editor.add_history_entry(text);
        if let (Ok(true), Some(file)) = (added, &self.history)
            && self.editor.append_history(file).is_err()
        {
            self.history = None;
            logging::say("jsrun: the history cannot be written to its file");
        }
    }
}

/// The file of the history, in a folder that is there.
fn history_file() -> Option<PathBuf> {
    // The specification: what is not absolute is to be ignored.
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute(environment::STATE_HOME)
        .or_else(|| absolute(environment::HOME).map(|home| home.join(".local/state")))?;
    let folder = state.join("jsrun");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// Lines until they are a program.
fn next_of_pipe(input: &Stdin, language: Language) -> anyhow::Result<Entry> {
    let mut text = String::new();
    loop {
        let read = input.read_line(&mut text).context("cannot read standard input")?;
        if read == 0 {
            return Ok(if text.is_empty() { Entry::End } else { Entry::Text(text) });
        }
        if is_command(&text) || check_syntax(&text, language) != Syntax::Unfinished {
            text.truncate(text.trim_end_matches(['\r', '\n']).len());
            return Ok(Entry::Text(text));
        }
    }
}

/// Whether a text is to be taken as it is, whatever the parser thinks of it.
fn is_command(text: &str) -> bool {
    let rest = text.trim_start().strip_prefix('.');
    rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// Helps whoever types.
struct Assistant {
    runtime: Handle,
    language: Language,
    /// Whether Enter goes on to another line in what is unfinished.
    waits_for_whole: bool,
}

impl Helper for Assistant {}
impl Hinter for Assistant {
    type Hint = String;
}
impl Highlighter for Assistant {}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let whole = !self.waits_for_whole
            || is_command(text)
            || check_syntax(text, self.language) != Syntax::Unfinished;
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for Assistant {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..position).unwrap_or_default();
        if before.starts_with('.') && !before.contains(char::is_whitespace) {
            let commands = COMMANDS.iter().filter(|command| command.starts_with(before));
            return Ok((0, commands.map(|command| (*command).to_owned()).collect()));
        }
        let Some(typed) = Typed::at_end_of(before) else { return Ok((position, Vec::new())) };
        let Typed { path, prefix } = typed;
        let names = self.runtime.with({
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            move |runtime| runtime.names(&path.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let fits = |name: &String| name.starts_with(prefix) && is_identifier(name);
        let names = names.unwrap_or_default().into_iter().filter(fits).collect();
        Ok((position - prefix.len(), names))
    }
}

/// The names at the end of what is typed: `a.b.c` is the path `a`, `b` and the prefix `c`.
#[derive(Debug, PartialEq, Eq)]
struct Typed<'a> {
    path: Vec<&'a str>,
    prefix: &'a str,
}

impl<'a> Typed<'a> {
    /// `None` for what is no path of names, such as what follows a call.
    fn at_end_of(text: &'a str) -> Option<Self> {
        let start = text
            .rfind(|character: char| character != '.' && !is_identifier_part(character))
            .map_or(0, |index| index + text[index..].chars().next().map_or(1, char::len_utf8));
        let mut path: Vec<&str> = text[start..].split('.').collect();
        let prefix = path.pop()?;
        let names = path.iter().all(|name| is_identifier(name));
        // `...list` spreads.
        if !names && path.iter().all(|name| name.is_empty()) && path.len() == 3 {
            return Some(Self { path: Vec::new(), prefix });
        }
        (names && (prefix.is_empty() || is_identifier(prefix))).then_some(Self { path, prefix })
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| is_identifier_part(first) && !first.is_ascii_digit())
        && name.chars().all(is_identifier_part)
}

fn is_identifier_part(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_names_are_found() {
        let typed = |path: &[&'static str], prefix| Some(Typed { path: path.to_vec(), prefix });
        for (text, expected) in [
            ("", typed(&[], "")),
            ("ma", typed(&[], "ma")),
            ("1 + Math.co", typed(&["Math"], "co")),
            ("f(a.$b.", typed(&["a", "$b"], "")),
            ("é.x", typed(&["é"], "x")),
            ("[...li", typed(&[], "li")),
            ("f().x", None),
            ("'text'.x", None),
            ("1.5", None),
            ("a..b", None),
        ] {
            assert_eq!(Typed::at_end_of(text), expected, "{text}");
        }
    }
}
