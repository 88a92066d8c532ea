//! The colours of values on a terminal, those of Node's `util.inspect.styles`.

use crate::{ObjectKind, Preview};

/// What is begun and ended by numbers of the terminal's SGR sequences.
#[derive(Clone, Copy)]
pub(super) struct Colour(u8, u8);

pub(super) const GREEN: Colour = Colour(32, 39);
pub(super) const CYAN: Colour = Colour(36, 39);
pub(super) const GREY: Colour = Colour(90, 39);
const YELLOW: Colour = Colour(33, 39);
const MAGENTA: Colour = Colour(35, 39);
const RED: Colour = Colour(31, 39);
const BOLD: Colour = Colour(1, 22);

impl Colour {
    pub(super) fn paint(self, text: &str) -> String {
        format!("\x1b[{}m{text}\x1b[{}m", self.0, self.1)
    }
}

/// The colour of what is no object.
pub(super) fn of_value(value: &Preview) -> Option<Colour> {
    match value {
        Preview::Undefined => Some(GREY),
        Preview::Null => Some(BOLD),
        Preview::Boolean(_) | Preview::Number(_) | Preview::BigInt(_) => Some(YELLOW),
        Preview::String(_) | Preview::Symbol(_) => Some(GREEN),
        Preview::Accessor(_) | Preview::Circular(_) => Some(CYAN),
        Preview::Object(_) => None,
    }
}

/// The colour of the text that a kind of object has besides its entries.
pub(super) fn of_kind(kind: &ObjectKind) -> Option<Colour> {
    match kind {
        ObjectKind::Function(_) | ObjectKind::Class { .. } => Some(CYAN),
        ObjectKind::Date(_) => Some(MAGENTA),
        ObjectKind::RegExp(_) => Some(RED),
        ObjectKind::Boxed(primitive) => of_value(primitive),
        ObjectKind::Object
        | ObjectKind::Array(_)
        | ObjectKind::Arguments(_)
        | ObjectKind::TypedArray(_)
        | ObjectKind::ArrayBuffer { .. }
        | ObjectKind::DataView
        | ObjectKind::Map(_)
        | ObjectKind::Set(_)
        | ObjectKind::WeakMap
        | ObjectKind::WeakSet
        | ObjectKind::Iterator
        | ObjectKind::Generator
        | ObjectKind::Error(_)
        | ObjectKind::Promise(_)
        | ObjectKind::Proxy
        | ObjectKind::Module
        | ObjectKind::External => None,
    }
}

/// How many characters a text shows: its colours take no room.
pub(super) fn visible_width(text: &str) -> usize {
    let mut width = 0;
    let mut rest = text;
    while let Some(start) = rest.find("\x1b[") {
        width += rest[..start].chars().count();
        let sequence = &rest[start..];
        let Some(end) = sequence.find('m') else { return width + sequence.chars().count() };
        rest = &sequence[end + 1..];
    }
    width + rest.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_room() {
        assert_eq!(visible_width(&format!("a{}é", CYAN.paint("bc"))), 4);
        assert_eq!(visible_width("\x1b[3"), 3);
    }
}
