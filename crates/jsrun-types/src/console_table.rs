//! What `console.table` shows, as text: the layout of Node's console.
//! <https://console.spec.whatwg.org/#table>

use crate::{Entry, Key, ObjectKind, ObjectPreview, Preview};

/// The header of the column with the row's name, and of the one with values that have no columns.
const INDEX: &str = "(index)";
const VALUES: &str = "Values";
/// Data that would make a larger table, in bytes, shows as `console.log` shows it.
const LARGEST: usize = 256 << 10;

/// A table of the data's entries, a row each; of `columns` only, where given. `None` when the data has no entries
/// or the table would be very large: then it shows as `console.log` shows it.
///
/// ```
/// use jsrun_types::{Preview, console_table};
///
/// assert_eq!(console_table(&Preview::Number(1.0), None), None, "a number has no rows");
/// ```
pub fn console_table(data: &Preview, columns: Option<&Preview>) -> Option<String> {
    let data = target(data)?;
    if !has_rows(&data.kind) || data.entries.is_empty() {
        return None;
    }
    let mut header: Vec<String> = columns.map(names).unwrap_or_default();
    let mut rows: Vec<Row> = Vec::new();
    for entry in &data.entries {
        let mut row = Row {
            name: row_name(&entry.key, rows.len()),
            cells: vec![String::new(); header.len()],
            value: None,
        };
        match target(&entry.value).filter(|object| has_rows(&object.kind) && !object.entries.is_empty()) {
            Some(object) => row.fill(object, &mut header, columns.is_none()),
            None => row.value = Some(entry.value.to_source_text()),
        }
        rows.push(row);
    }
    // Every row is as wide as the widest: a table can be far larger than the data.
    let longest = rows.iter().flat_map(|row| row.cells.iter().chain([&row.name])).map(String::len).max()?;
    if longest * (header.len() + 2) * rows.len() > LARGEST {
        return None;
    }
    Some(draw(&header, &rows))
}

struct Row {
    name: String,
    cells: Vec<String>,
    value: Option<String>,
}

impl Row {
    fn fill(&mut self, object: &ObjectPreview, header: &mut Vec<String>, may_widen: bool) {
        for (position, Entry { key, value }) in object.entries.iter().enumerate() {
            let name = row_name(key, position);
            let column = match header.iter().position(|known| *known == name) {
                Some(column) => column,
                None if may_widen => {
                    header.push(name);
                    header.len() - 1
                }
                None => continue,
            };
            self.cells.resize(self.cells.len().max(column + 1), String::new());
            self.cells[column] = value.to_source_text();
        }
    }
}

fn draw(header: &[String], rows: &[Row]) -> String {
    let with_values = rows.iter().any(|row| row.value.is_some());
    let mut lines = vec![vec![INDEX.to_owned()]];
    lines[0].extend(header.iter().cloned());
    lines[0].extend(with_values.then(|| VALUES.to_owned()));
    for row in rows {
        let mut line = vec![row.name.clone()];
        line.extend((0..header.len()).map(|column| row.cells.get(column).cloned().unwrap_or_default()));
        line.extend(with_values.then(|| row.value.clone().unwrap_or_default()));
        lines.push(line);
    }
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    let rule = |left: &str, middle: &str, right: &str| {
        let cells: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}", cells.join(middle))
    };
    let mut drawn = vec![rule("┌", "┬", "┐")];
    for (index, line) in lines.iter().enumerate() {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!(" {cell:<width$} ")).collect();
        drawn.push(format!("│{}│", cells.join("│")));
        if index == 0 {
            drawn.push(rule("├", "┼", "┤"));
        }
    }
    drawn.push(rule("└", "┴", "┘"));
    drawn.join("\n")
}

fn names(columns: &Preview) -> Vec<String> {
    target(columns)
        .map_or_else(Vec::new, |list| list.entries.iter().map(|entry| entry.value.to_text()).collect())
}

fn row_name(key: &Key, position: usize) -> String {
    match key {
        Key::Property(name) | Key::Symbol(name) | Key::Hidden(name) => name.clone(),
        Key::MapKey(key) => key.to_source_text(),
        Key::Element | Key::Holes(_) | Key::Internal => position.to_string(),
    }
}

/// The object, looked at through proxies.
fn target(value: &Preview) -> Option<&ObjectPreview> {
    let Preview::Object(object) = value else { return None };
    match (&object.kind, object.entries.as_slice()) {
        (ObjectKind::Proxy, [inner]) => target(&inner.value),
        _ => Some(object),
    }
}

fn has_rows(kind: &ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Object
            | ObjectKind::Array(_)
            | ObjectKind::Arguments(_)
            | ObjectKind::TypedArray(_)
            | ObjectKind::Map(_)
            | ObjectKind::Set(_)
    )
}
