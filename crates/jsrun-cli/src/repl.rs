//! `jsrun repl`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use jsrun::{Syntax, check_syntax};
use jsrun_types::{Language, LimitKind, Preview};

use crate::allowance::Allowance;
use crate::colours::Colours;
use crate::interpreter::{Ending, Interpreter};
use crate::logging;
use crate::repl_input::{Entry, Input};
use crate::run::language;
use crate::source::Source;

const HELP: &str = "\
.clear         begin anew, in a runtime in which nothing is left
.editor        take lines until Ctrl-D as one program; Ctrl-C drops them
.exit          end, as Ctrl-D does
.help          this
.load FILE     run a file as if it were typed
.save FILE     write what was typed so far to a file
.typescript    take TypeScript from now on, or JavaScript again
Ctrl-C stops a program that runs, or drops the line. Tab completes. _ is the last value. await and import work everywhere.";

/// How to take programs.
#[derive(Args)]
pub(crate) struct ReplArguments {
    /// Programs are TypeScript. An import that its own line does not use is then removed.
    #[arg(long)]
    typescript: bool,
    /// `--timeout` is for each line.
    #[command(flatten)]
    allowance: Allowance,
}

/// Takes programs from a person, or line by line from a pipe, until there are no more.
///
/// # Errors
/// When the engine does not start, or standard input or output fails.
pub(crate) fn repl(arguments: &ReplArguments) -> anyhow::Result<ExitCode> {
    let interpreter = Interpreter::start(arguments.allowance, &[])?;
    let language = language(arguments.typescript);
    let input = Input::start(interpreter.handle(), language)?;
    let mut repl = Repl { interpreter, input, language, typed: Vec::new(), colours: Colours::of_stdout() };
    Ok(match repl.live()? {
        Some(ending) => ending.exit_code(),
        None => ExitCode::SUCCESS,
    })
}

struct Repl {
    interpreter: Interpreter,
    input: Input,
    language: Language,
    /// What was typed, for `.save`.
    typed: Vec<String>,
    colours: Colours,
}

/// What a line asks for.
enum Command<'a> {
    Clear,
    Editor,
    Exit,
    Help,
    Load(&'a str),
    Save(&'a str),
    TypeScript,
    Unknown,
}

impl<'a> Command<'a> {
    /// A line is a command when a letter follows a full stop: `.5` is a number.
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        let rest = line.strip_prefix('.')?;
        if line.contains('\n') || !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return None;
        }
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(match (name, argument.trim()) {
            ("clear", "") => Self::Clear,
            ("editor", "") => Self::Editor,
            ("exit", "") => Self::Exit,
            ("help", "") => Self::Help,
            ("load", file) if !file.is_empty() => Self::Load(file),
            ("save", file) if !file.is_empty() => Self::Save(file),
            ("typescript", "") => Self::TypeScript,
            _ => Self::Unknown,
        })
    }
}

/// Whether there is more to come.
enum Next {
    Line,
    End(Option<Ending>),
}

impl Repl {
    /// Takes entries until there are no more. Gives how the last program ended if that is why.
    fn live(&mut self) -> anyhow::Result<Option<Ending>> {
        if self.input.is_terminal() {
            let version = env!("CARGO_PKG_VERSION");
            self.interpreter.write(&format!("jsrun {version}; .help lists commands, Ctrl-D ends"))?;
        }
        loop {
            let next = match self.input.next()? {
                Entry::Text(text) if text.trim().is_empty() => Next::Line,
                Entry::Text(text) => self.take(&text)?,
                Entry::Dropped => Next::Line,
                Entry::End => return Ok(None),
            };
            if let Next::End(ending) = next {
                return Ok(ending);
            }
        }
    }

    fn take(&mut self, text: &str) -> anyhow::Result<Next> {
        let Some(command) = Command::parse(text) else {
            self.typed.push(text.to_owned());
            return self.evaluate(text);
        };
        match command {
            Command::Clear => self.restart()?,
            Command::Editor => {
                if let Some(text) = self.input.edit()? {
                    return self.take(&text);
                }
            }
            Command::Exit => return Ok(Next::End(None)),
            Command::Help => return self.say(HELP),
            Command::Load(file) => match Source::file(Path::new(file), self.language) {
                Ok(source) => {
                    self.typed.push(source.code.clone());
                    return self.run(&source.into_line());
                }
                Err(error) => logging::say(&format!("jsrun: {error:#}")),
            },
            Command::Save(file) => {
                let text = self.typed.join("\n") + "\n";
                match std::fs::write(file, text).with_context(|| format!("cannot write {file}")) {
                    Ok(()) => return self.say(&format!("saved to {file}")),
                    Err(error) => logging::say(&format!("jsrun: {error:#}")),
                }
            }
            Command::TypeScript => {
                let (language, name) = match self.language {
                    Language::JavaScript => (Language::TypeScript, "TypeScript"),
                    Language::TypeScript => (Language::JavaScript, "JavaScript"),
                };
                self.language = language;
                self.input.follow(self.interpreter.handle(), language);
                return self.say(&format!("taking {name}"));
            }
            Command::Unknown => {
                logging::say(&format!("jsrun: there is no command {:?}; .help lists them", text.trim()));
            }
        }
        Ok(Next::Line)
    }

    fn evaluate(&mut self, text: &str) -> anyhow::Result<Next> {
        let source = Source::unnamed("[repl]", self.as_expression(text), self.language)?;
        self.run(&source.into_line())
    }

    /// What begins with a brace is an object where that makes sense, and not a block.
    fn as_expression(&self, text: &str) -> String {
        let trimmed = text.trim();
        if trimmed.starts_with('{') && !trimmed.ends_with(';') {
            let expression = format!("({trimmed}\n)");
            if check_syntax(&expression, self.language) == Syntax::Whole {
                return expression;
            }
        }
        text.to_owned()
    }

    fn run(&mut self, source: &Source) -> anyhow::Result<Next> {
        self.interpreter.restart_clock();
        match self.interpreter.run(source) {
            Ok(Ending::Value(value)) => {
                let text = match self.colours {
                    Colours::On => value.to_coloured_text(),
                    Colours::Off => Preview::to_source_text(&value),
                };
                return self.say(&text);
            }
            Ok(Ending::Failed | Ending::Exceeded(LimitKind::Wall | LimitKind::Cpu | LimitKind::Output)) => {}
            Ok(Ending::Exceeded(LimitKind::Memory)) => self.restart()?,
            Ok(Ending::Interrupted) => logging::say("interrupted"),
            Ok(closed @ Ending::OutputClosed) => return Ok(Next::End(Some(closed))),
            // The runtime can run nothing more.
            Err(error) if error.is::<jsrun::Error>() => {
                logging::say(&format!("jsrun: {error:#}"));
                self.restart()?;
            }
            Err(error) => return Err(error),
        }
        Ok(Next::Line)
    }

    fn restart(&mut self) -> anyhow::Result<()> {
        self.interpreter.restart()?;
        self.input.follow(self.interpreter.handle(), self.language);
        logging::say("this is a new runtime, in which nothing of before is left");
        Ok(())
    }

    fn say(&self, text: &str) -> anyhow::Result<Next> {
        Ok(match self.interpreter.write(text)? {
            Some(ending) => Next::End(Some(ending)),
            None => Next::Line,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_begin_with_a_full_stop_and_a_letter() {
        assert!(matches!(Command::parse(" .load a b.js "), Some(Command::Load("a b.js"))));
        assert!(matches!(Command::parse(".help"), Some(Command::Help)));
        for unknown in [".load", ".help me", ".nothing"] {
            assert!(matches!(Command::parse(unknown), Some(Command::Unknown)), "{unknown}");
        }
        for program in [".5 + 1", "a.help", "...[1]", ".exit\n1"] {
            assert!(Command::parse(program).is_none(), "{program}");
        }
    }
}
