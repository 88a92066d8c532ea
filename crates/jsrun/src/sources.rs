//! From places in scripts as V8 has them to places in the sources as written.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;

use deno_core::url::Url;
use jsrun_types::Position;
use sourcemap::SourceMap;

/// Source maps kept for a runtime's scripts, in bytes. A session runs many programs; the places of the oldest are then told
/// as V8 has them.
const MOST_BYTES: usize = 16 << 20;
/// What marks the later ones of several scripts of one name.
const AGAIN: &str = "#jsrun-again-";

/// The scripts of a runtime that differ from their source.
#[derive(Default)]
pub(crate) struct Sources {
    scripts: RefCell<VecDeque<Script>>,
    bytes: Cell<usize>,
    registered: Cell<u64>,
    /// Whether scripts are gone that may still run.
    evicted: Cell<bool>,
    /// The folder of the disk from which files are named, if their URLs are those of real files. Ends in a slash.
    folder: RefCell<Option<String>>,
}

struct Script {
    name: String,
    changes: Changes,
    map: OnceCell<Option<SourceMap>>,
}

/// How a script differs from its source.
#[derive(Default)]
pub(crate) struct Changes {
    /// A source map in JSON, from the script without its preamble.
    pub(crate) map: Option<Vec<u8>>,
    /// What stands before the program, on its first line.
    pub(crate) preamble: Preamble,
}

/// Text before a program, on its first line.
#[derive(Default)]
pub(crate) struct Preamble {
    pub(crate) text: String,
    /// The places in the source that parts of it stand for: from which column of it (from 0, in UTF-16 code units), and
    /// the line and column (from 1) in the script without the preamble.
    pub(crate) parts: Vec<(u32, Place)>,
}

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    /// The place of a byte of a text.
    pub(crate) fn of_byte(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        Self {
            line: number(before.matches('\n').count()),
            column: number(before[line_start..].encode_utf16().count()),
        }
    }
}

impl Sources {
    /// Remembers how a script differs from its source. Gives the name to compile the script under.
    pub(crate) fn register(&self, name: &str, changes: Changes) -> String {
        let mut scripts = self.scripts.borrow_mut();
        let known = self.evicted.get() || scripts.iter().any(|script| script.name == name);
        // What is as written needs no entry, unless another's would be taken for its own.
        if !known && changes.map.is_none() && changes.preamble.text.is_empty() {
            return name.to_owned();
        }
        self.registered.set(self.registered.get() + 1);
        let script_name =
            if known { format!("{name}{AGAIN}{}", self.registered.get()) } else { name.to_owned() };
        let script = Script { name: script_name.clone(), changes, map: OnceCell::new() };
        self.bytes.set(self.bytes.get() + script.size());
        scripts.push_back(script);
        while self.bytes.get() > MOST_BYTES && scripts.len() > 1 {
            if let Some(oldest) = scripts.pop_front() {
                self.bytes.set(self.bytes.get() - oldest.size());
                self.evicted.set(true);
            }
        }
        script_name
    }

    /// A place in the source as written, from one in a script of V8's.
    pub(crate) fn locate(&self, script_name: &str, place: Place) -> Position {
        let scripts = self.scripts.borrow();
        // The latest are asked for most.
        let script = scripts.iter().rev().find(|script| script.name == script_name);
        let Place { line, column } = script.map_or(place, |script| script.original(place));
        Position { file: self.shown(script_name), line, column }
    }

    /// From now on the files of `file:` URLs are real ones: those in a folder are named by their path from there, others by
    /// their whole path.
    pub(crate) fn set_folder(&self, path: &str) {
        *self.folder.borrow_mut() = Some(format!("{}/", path.trim_end_matches('/')));
    }

    /// The name under which people know a script or a module.
    pub(crate) fn shown(&self, script_name: &str) -> String {
        let shown = shown(script_name);
        match &*self.folder.borrow() {
            Some(folder) if source_name(script_name).starts_with("file:///") => {
                let path = format!("/{shown}");
                path.strip_prefix(folder.as_str()).map_or_else(|| path.clone(), str::to_owned)
            }
            _ => shown,
        }
    }
}

impl Script {
    fn size(&self) -> usize {
        // A decoded map takes some 6 times its text.
        self.name.len() + self.changes.map.as_ref().map_or(0, |map| map.len() * 7)
    }

    fn original(&self, place: Place) -> Place {
        let place = self.changes.preamble.leave(place);
        let map = self.map.get_or_init(|| SourceMap::from_slice(self.changes.map.as_deref()?).ok());
        let Some(map) = map else { return place };
        let token = map.lookup_token(place.line.saturating_sub(1), place.column.saturating_sub(1));
        token.map_or(place, |token| Place { line: token.get_src_line() + 1, column: token.get_src_col() + 1 })
    }
}

impl Preamble {
    /// Puts ASCII text before it that stands for nothing of the source.
    pub(crate) fn prepend(&mut self, text: &str) {
        self.text.insert_str(0, text);
        for (start, _) in &mut self.parts {
            *start = start.saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
    }

    /// The place in the script without this preamble.
    fn leave(&self, place: Place) -> Place {
        if place.line != 1 || self.text.is_empty() {
            return place;
        }
        let column = place.column.saturating_sub(1);
        let length = u32::try_from(self.text.encode_utf16().count()).unwrap_or(u32::MAX);
        if column >= length {
            return Place { line: 1, column: column - length + 1 };
        }
        let part = self.parts.iter().rev().find(|(start, _)| *start <= column);
        part.map_or(Place { line: 1, column: 1 }, |(_, place)| *place)
    }
}

/// The name or URL of a script's source.
pub(crate) fn source_name(script_name: &str) -> &str {
    script_name.rsplit_once(AGAIN).map_or(script_name, |(name, _)| name)
}

/// The name under which people know a script or a module: a project's files without `file:///`.
pub(crate) fn shown(script_name: &str) -> String {
    let name = source_name(script_name);
    match name.strip_prefix("file:///") {
        Some(path) => path_of(path),
        None => name.to_owned(),
    }
}

/// The URL of a project's file. A real file's name is its URL.
pub(crate) fn project_url(path: &str) -> Url {
    if path.starts_with("file:///")
        && let Ok(url) = Url::parse(path)
    {
        return url;
    }
    let mut url = Url::parse("file:///").expect("a literal URL parses");
    url.set_path(path);
    url
}

/// Undoes what a URL's path escapes; what is no text then stays as it is.
fn path_of(url_path: &str) -> String {
    if !url_path.contains('%') {
        return url_path.to_owned();
    }
    let mut bytes = Vec::with_capacity(url_path.len());
    let mut rest = url_path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| url_path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preamble(text: &str) -> Changes {
        let place = Place { line: 3, column: 5 };
        Changes { map: None, preamble: Preamble { text: text.to_owned(), parts: vec![(0, place)] } }
    }

    #[test]
    fn a_preamble_moves_the_first_line_only() {
        let sources = Sources::default();
        let name = sources.register("main.js", preamble("12345"));
        let at = |line, column| sources.locate(&name, Place { line, column }).to_string();
        assert_eq!(at(1, 6), "main.js:1:1");
        assert_eq!(at(1, 2), "main.js:3:5");
        assert_eq!(at(2, 6), "main.js:2:6");
    }

    #[test]
    fn scripts_of_one_name_are_told_apart() {
        let sources = Sources::default();
        let first = sources.register("main.js", preamble("1"));
        let second = sources.register("main.js", preamble("12"));
        assert_eq!(sources.locate(&first, Place { line: 1, column: 3 }).to_string(), "main.js:1:2");
        assert_eq!(sources.locate(&second, Place { line: 1, column: 3 }).to_string(), "main.js:1:1");
    }

    #[test]
    fn a_script_as_written_keeps_its_places_after_one_that_is_not() {
        let sources = Sources::default();
        assert_eq!(sources.register("main.js", Changes::default()), "main.js");
        sources.register("main.js", preamble("12345"));
        let plain = sources.register("main.js", Changes::default());
        assert_eq!(sources.locate(&plain, Place { line: 1, column: 2 }).to_string(), "main.js:1:2");
        assert_eq!(sources.register("other.js", Changes::default()), "other.js");
    }

    #[test]
    fn the_oldest_maps_go() {
        let sources = Sources::default();
        for _ in 0..100 {
            let map = Some(vec![b' '; 1 << 20]);
            sources.register("main.ts", Changes { map, preamble: Preamble::default() });
        }
        assert!(sources.bytes.get() <= MOST_BYTES && sources.scripts.borrow().len() < 20);
    }

    #[test]
    fn real_files_are_shown_from_their_folder() {
        let sources = Sources::default();
        sources.set_folder("/home/me/a folder");
        for (url, path) in [
            ("file:///home/me/a%20folder/lib/math.ts", "lib/math.ts"),
            ("file:///home/me/other.js", "/home/me/other.js"),
            ("main.js", "main.js"),
        ] {
            assert_eq!(sources.shown(url), path);
            assert_eq!(sources.locate(url, Place { line: 1, column: 2 }).file, path);
        }
        assert_eq!(project_url("file:///a%20b/c.js").as_str(), "file:///a%20b/c.js");
    }

    #[test]
    fn files_are_shown_as_their_paths() {
        for path in ["main.ts", "lib/math.ts", "mit Leerzeichen.js", "ä/100%.js"] {
            assert_eq!(shown(project_url(path).as_str()), path);
        }
        assert_eq!(shown("https://example.com/a.js"), "https://example.com/a.js");
    }
}
