//! Console arguments as one text: the formatter of the console standard.
//! <https://console.spec.whatwg.org/#formatter>

use crate::{Preview, StringPreview};

/// The arguments as one text: format specifiers of the first one applied, the rest joined by spaces.
///
/// ```
/// use jsrun_types::{Preview, StringPreview, console_text};
///
/// let format = Preview::String(StringPreview { text: "%d%%".to_owned(), omitted: 0 });
/// assert_eq!(console_text(&[format, Preview::Number(40.0)]), "40%");
/// ```
pub fn console_text(args: &[Preview]) -> String {
    let mut parts = Vec::new();
    let mut rest = args;
    if let [Preview::String(StringPreview { text, omitted: 0 }), values @ ..] = args
        && !values.is_empty()
        && text.contains('%')
    {
        let (formatted, used) = apply_specifiers(text, values);
        parts.push(formatted);
        rest = &values[used..];
    }
    parts.extend(rest.iter().map(Preview::to_text));
    parts.join(" ")
}

/// The text with its specifiers replaced, and how many values that took.
fn apply_specifiers(text: &str, values: &[Preview]) -> (String, usize) {
    let mut formatted = String::with_capacity(text.len());
    let mut used = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let specifier = if character == '%' { characters.peek().copied() } else { None };
        match (specifier, values.get(used)) {
            (Some('%'), _) => formatted.push('%'),
            (Some(specifier), Some(value)) if "sdifoOc".contains(specifier) => {
                formatted.push_str(&format_value(specifier, value));
                used += 1;
            }
            _ => {
                formatted.push(character);
                continue;
            }
        }
        characters.next();
    }
    (formatted, used)
}

fn format_value(specifier: char, value: &Preview) -> String {
    match specifier {
        's' => value.to_text(),
        'd' => number(value, |number| number),
        'i' => number(value, f64::trunc),
        'f' => number(value, |number| number),
        // Styles are for who shows the arguments; the text has none.
        'c' => String::new(),
        _ => value.to_source_text(),
    }
}

fn number(value: &Preview, round: impl FnOnce(f64) -> f64) -> String {
    match value {
        Preview::BigInt(_) => value.to_source_text(),
        Preview::Number(number) => Preview::Number(round(*number)).to_text(),
        Preview::String(string) => {
            let parsed = leading_number(&string.text).map_or(f64::NAN, round);
            Preview::Number(parsed).to_text()
        }
        _ => "NaN".to_owned(),
    }
}

/// The number at the text's beginning, as `parseFloat` reads it.
fn leading_number(text: &str) -> Option<f64> {
    // No number that a person writes is longer, and longer prefixes would be tried one by one.
    const LONGEST: usize = 400;
    let text = text.trim_start();
    let text = &text[..text.floor_char_boundary(LONGEST)];
    (1..=text.len())
        .rev()
        .filter(|end| text.is_char_boundary(*end))
        .filter(|end| text[..*end].bytes().all(|byte| b"+-.0123456789eE".contains(&byte)))
        .find_map(|end| text[..end].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Preview {
        Preview::String(StringPreview { text: text.to_owned(), omitted: 0 })
    }

    #[test]
    fn specifiers_take_values_in_order() {
        let args = [
            string("%s is %d%% of %i, %c%o"),
            string("a"),
            Preview::Number(1.5),
            Preview::Number(-2.9),
            string("color: red"),
            string("b"),
            Preview::Null,
        ];
        assert_eq!(console_text(&args), "a is 1.5% of -2, 'b' null");
    }

    #[test]
    fn specifiers_without_values_stay() {
        assert_eq!(console_text(&[string("%s %d"), string("x")]), "x %d");
        assert_eq!(console_text(&[string("100%")]), "100%");
        assert_eq!(console_text(&[string("%z"), Preview::Null]), "%z null");
    }

    #[test]
    fn strings_become_numbers_as_parse_float_reads_them() {
        assert_eq!(
            console_text(&[string("%d %i %f"), string("42px"), string("3.9"), string("x")]),
            "42 3 NaN"
        );
    }
}
