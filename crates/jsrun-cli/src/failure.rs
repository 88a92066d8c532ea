//! Uncaught errors, as a shell's user sees them.

use std::fmt::Write as _;

use jsrun_types::{Exception, Position};

use crate::colours::Colours;

/// Longer lines of a program, in characters, are not drawn.
const LONGEST_LINE: usize = 200;

/// The error with the line that it came from, its stack and its causes. `line_of` finds the line of a position.
pub(crate) fn describe(
    exception: &Exception,
    colours: Colours,
    line_of: impl Fn(&Position) -> Option<String>,
) -> String {
    let mut text = String::new();
    if let Some(position) = &exception.position {
        let _infallible = writeln!(text, "{position}");
        if let Some(line) = line_of(position).filter(|line| line.chars().count() <= LONGEST_LINE) {
            let _infallible = writeln!(text, "{line}\n{}^\n", blank(&line, position.column));
        }
    }
    let headline = exception.headline();
    let uncaught = if headline.starts_with("Uncaught ") { "" } else { "Uncaught " };
    add(&mut text, &format!("{uncaught}{headline}"), exception, colours);
    let mut cause = exception.cause.as_deref();
    while let Some(exception) = cause {
        add(&mut text, &format!("Caused by: {}", exception.headline()), exception, colours);
        cause = exception.cause.as_deref();
    }
    text
}

fn add(text: &mut String, headline: &str, exception: &Exception, colours: Colours) {
    let _infallible = writeln!(text, "{}", colours.red(headline));
    for frame in &exception.frames {
        let _infallible = writeln!(text, "{}", colours.grey(&format!("    at {frame}")));
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
