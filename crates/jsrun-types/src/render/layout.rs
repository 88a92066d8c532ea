//! When entries stand on one line, on many, or in columns.

use super::colour::visible_width;

/// The widest single line, `util.inspect`'s `breakLength`.
const BREAK_LENGTH: usize = 80;
/// How many levels of nesting may share a line, `util.inspect`'s `compact`.
const COMPACT_LEVELS: usize = 3;
/// Arrays with more elements than this are set in columns.
const COLUMNS_FROM: usize = 6;
/// The most columns.
const MAX_COLUMNS: usize = 15;

/// How entries of one object may be laid out.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// On one line or a line each.
    Lines,
    /// The same, or in columns when there are many.
    Columns {
        /// Every entry is a number: align right.
        numeric: bool,
        /// The last part says how many are left out, and stands alone.
        trailing_note: bool,
    },
}

/// Where the text stands that is being made.
#[derive(Default)]
pub(super) struct Layout {
    /// Spaces before a new line.
    pub(super) indentation: usize,
    /// The depth of the object that was formatted last: tells how deeply nested the current one is.
    pub(super) deepest: usize,
    /// Whether the parts are coloured.
    pub(super) coloured: bool,
}

impl Layout {
    pub(super) fn assemble(
        &self,
        base: &str,
        open: &str,
        parts: Vec<String>,
        close: &str,
        depth: usize,
        shape: Shape,
    ) -> String {
        let base = if base.is_empty() { String::new() } else { format!("{base} ") };
        let count = parts.len();
        let parts = match shape {
            Shape::Columns { numeric, trailing_note } if count > COLUMNS_FROM => {
                self.columns(parts, numeric, trailing_note)
            }
            _ => parts,
        };
        let nested = self.deepest.saturating_sub(depth);
        if nested < COMPACT_LEVELS && parts.len() == count && self.fits(&base, open, &parts) {
            return format!("{base}{open} {} {close}", parts.join(", "));
        }
        let line = format!("\n{}", " ".repeat(self.indentation));
        let separator = format!(",{line}  ");
        format!("{base}{open}{line}  {}{line}{close}", parts.join(&separator))
    }

    fn fits(&self, base: &str, open: &str, parts: &[String]) -> bool {
        let start = parts.len() + self.indentation + self.width(open) + self.width(base.trim_end()) + 10;
        let total: usize = parts.iter().map(|part| self.width(part)).sum::<usize>() + parts.len() + start;
        total <= BREAK_LENGTH && !base.contains('\n') && !parts.iter().any(|part| part.contains('\n'))
    }

    /// Sets many short entries in columns; leaves long ones as they are.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "widths and counts of previews are small and positive"
    )]
    fn columns(&self, mut parts: Vec<String>, numeric: bool, trailing_note: bool) -> Vec<String> {
        const SEPARATOR: usize = 2;
        let note = if trailing_note { parts.pop() } else { None };
        let widths: Vec<usize> = parts.iter().map(|part| self.width(part)).collect();
        let longest = widths.iter().copied().max().unwrap_or(0);
        let total: usize = widths.iter().map(|width| width + SEPARATOR).sum();
        let cell = longest + SEPARATOR;
        let short = total as f64 / cell as f64 > 5.0 || longest <= 6;
        let mut rows = Vec::new();
        if cell * 3 + self.indentation < BREAK_LENGTH && short {
            // A character is about 2.5 times as high as wide: this makes the block about square.
            let entries = parts.len() + usize::from(note.is_some());
            let bias = (cell as f64 - total as f64 / entries as f64).sqrt();
            let biased = (cell as f64 - 3.0 - bias).max(1.0);
            let square = ((2.5 * biased * parts.len() as f64).sqrt() / biased).round() as usize;
            let columns =
                square.min((BREAK_LENGTH - self.indentation) / cell).min(COMPACT_LEVELS * 4).min(MAX_COLUMNS);
            if columns > 1 {
                let column_widths: Vec<usize> = (0..columns)
                    .map(|column| widths.iter().skip(column).step_by(columns).copied().max().unwrap_or(0))
                    .collect();
                for row in parts.chunks(columns) {
                    rows.push(self.set_row(row, &column_widths, numeric));
                }
            }
        }
        if rows.is_empty() {
            rows = parts;
        }
        rows.extend(note);
        rows
    }

    fn set_row(&self, row: &[String], column_widths: &[usize], right: bool) -> String {
        let mut line = String::new();
        for (index, (part, column)) in row.iter().zip(column_widths).enumerate() {
            let last = index + 1 == row.len();
            let padding = " ".repeat(column - self.width(part));
            match (right, last) {
                (true, true) => line.extend([padding.as_str(), part]),
                (true, false) => line.extend([padding.as_str(), part, ", "]),
                (false, true) => line.push_str(part),
                (false, false) => line.extend([part, ", ", padding.as_str()]),
            }
        }
        line
    }

    /// How many characters the text shows.
    fn width(&self, text: &str) -> usize {
        if self.coloured { visible_width(text) } else { text.chars().count() }
    }
}
