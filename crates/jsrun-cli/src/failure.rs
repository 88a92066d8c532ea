//! Uncaught errors, as a shell's user sees them.

use std::fmt::Write as _;

use jsrun_types::{Exception, Position};

/// Longer lines of a program, in characters, are not drawn.
const LONGEST_LINE: usize = 200;

/// The error with the line that it came from, its stack and its causes. `line_of` finds the line of a position.
pub(crate) fn describe(exception: &Exception, line_of: impl Fn(&Position) -> Option<String>) -> String {
    let mut text = String::new();
    if let Some(position) = &exception.position {
        let _infallible = writeln!(text, "{position}");
        if let Some(line) = line_of(position).filter(|line| line.chars().count() <= LONGEST_LINE) {
            let _infallible = writeln!(text, "{line}\n{}^\n", blank(&line, position.column));
        }
    }
    add(&mut text, exception);
    text
}

fn add(text: &mut String, exception: &Exception) {
    let headline = exception.headline();
    let uncaught = if headline.starts_with("Uncaught ") { "" } else { "Uncaught " };
    let _infallible = writeln!(text, "{uncaught}{headline}");
    for frame in &exception.frames {
        let _infallible = writeln!(text, "    at {frame}");
    }
    let mut cause = exception.cause.as_deref();
    while let Some(exception) = cause {
        let _infallible = writeln!(text, "Caused by: {}", exception.headline());
        for frame in &exception.frames {
            let _infallible = writeln!(text, "    at {frame}");
        }
        cause = exception.cause.as_deref();
    }
}

/// White space as wide as what stands before a column: tabs stay what they are.
fn blank(line: &str, column: u32) -> String {
    let mut units = usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    let mut blank = String::new();
    for character in line.chars() {
        if units < character.len_utf16() {
            break;
        }
        units -= character.len_utf16();
        blank.push(if character == '\t' { '\t' } else { ' ' });
    }
    blank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_the_column() {
        assert_eq!(blank("\tlet x = y", 6), "\t    ");
        assert_eq!(blank("'🙂' + y", 8), " ".repeat(6));
        assert_eq!(blank("short", 100), " ".repeat(5));
        assert_eq!(blank("", 1), "");
    }
}
