//! Cases: programs in files, with their expectations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jsrun_types::{ByteSize, Language, Limits, ProgramKind, RunRequest};

use crate::{ConsoleLine, Observed};

/// A program and what must come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file's path below `tests/cases/`.
    pub name: String,
    /// The program with its limits.
    pub request: RunRequest,
    /// What must come of it.
    pub expected: Expected,
}

/// What must come of a program.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    pub(crate) value: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) console: Vec<ConsoleLine>,
}

/// Every case below `tests/cases/`, in order of their names.
///
/// # Panics
/// When a file cannot be read or its expectations cannot be understood.
pub fn all_cases() -> Vec<Case> {
    cases_below("cases")
}

/// Every case below this folder of `tests/`.
pub(crate) fn cases_below(folder: &str) -> Vec<Case> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
    let mut files = Vec::new();
    collect_files(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no cases below {}", root.display());
    files.iter().map(|file| Case::load(&root, file)).collect()
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder's entries can be read").path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
        {
            files.push(path);
        }
    }
}

/// The time that a case has which says nothing else: the longest that a server allows. On a busy machine even little can take
/// longer than it does by default.
const PATIENCE: Duration = Duration::from_secs(30);

/// What cases are written in.
const EXTENSIONS: [&str; 3] = ["js", "ts", "tsx"];
/// What begins a file of a project.
const FILE: &str = "// file ";

impl Case {
    fn load(root: &Path, file: &Path) -> Self {
        let text = fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
        let name = file.strip_prefix(root).expect("files are below the root").display().to_string();
        let mut expected = Expected::default();
        let mut limits = Limits { wall: PATIENCE, cpu: PATIENCE, ..Limits::default() };
        let mut entry = None;
        for line in text.lines().map_while(|line| line.strip_prefix("// ")) {
            if let Some(limit) = line.strip_prefix("limit ") {
                set_limit(&mut limits, limit, &name);
            } else if let Some(expectation) = line.strip_prefix("expect ") {
                expected.add(expectation, &name);
            } else if let Some(path) = line.strip_prefix("entry ") {
                entry = Some(path.to_owned());
            } else if line.starts_with("file ") {
                break;
            } else {
                let word = line.split(' ').next().unwrap_or_default().to_lowercase();
                assert!(
                    !["expect", "limit", "entry"].iter().any(|known| word.contains(known)),
                    "{name}: unknown: {line}"
                );
            }
        }
        assert!(
            expected.error.is_some() || expected.status.is_some() || !expected.value.is_empty(),
            "{name} expects neither a value, an error nor a status"
        );
        let request = RunRequest { limits, ..request(&text, &name, entry) };
        Self { name, request, expected }
    }

    /// What is wrong with what came of it; `None` when all is as expected.
    pub fn complaint(&self, observed: &Observed) -> Option<String> {
        let expected = &self.expected;
        let mut complaints = Vec::new();
        let mut compare = |what: &str, expected: &str, observed: &str| {
            if expected != observed {
                complaints.push(format!("  {what}: expected {expected:?}, observed {observed:?}"));
            }
        };
        compare("status", expected.status_name(), &observed.status);
        if !expected.value.is_empty() {
            compare("value", &expected.value.join("\n"), observed.value.as_deref().unwrap_or_default());
        }
        if let Some(error) = &expected.error {
            compare("error", error, observed.error.as_deref().unwrap_or_default());
        }
        compare("console", &lines(&expected.console), &lines(&observed.console));
        if complaints.is_empty() {
            return None;
        }
        let error = observed.error.as_deref().unwrap_or("none");
        Some(format!("{}\n{}\n  (error: {error})", self.name, complaints.join("\n")))
    }
}

/// The program of a case, and the files beside it.
fn request(text: &str, case: &str, entry: Option<String>) -> RunRequest {
    let (code, mut files) = split(text);
    if let Some(entry) = entry {
        let code = files.remove(&entry).unwrap_or_else(|| panic!("{case}: there is no file {entry}"));
        return RunRequest { name: entry, kind: ProgramKind::Module, files, ..RunRequest::new(code) };
    }
    match case.rsplit_once('.') {
        Some((_, "js")) => RunRequest { files, ..RunRequest::new(code) },
        Some((_, "ts")) => RunRequest {
            name: "main.ts".to_owned(),
            language: Language::TypeScript,
            files,
            ..RunRequest::new(code)
        },
        _ => panic!("{case}: only an entry can be of this kind"),
    }
}

/// The text before the first file, and the files.
fn split(text: &str) -> (String, BTreeMap<String, String>) {
    let mut program = String::new();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut current = None;
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix(FILE) {
            let path = path.trim_end().to_owned();
            files.insert(path.clone(), String::new());
            current = Some(path);
        } else {
            let part = current.as_ref().and_then(|path| files.get_mut(path)).unwrap_or(&mut program);
            part.push_str(line);
        }
    }
    (program, files)
}

impl Expected {
    fn add(&mut self, expectation: &str, case: &str) {
        let (what, text) = expectation
            .split_once(": ")
            .or_else(|| expectation.strip_suffix(':').map(|what| (what, "")))
            .unwrap_or_else(|| panic!("{case}: an expectation needs a colon: {expectation}"));
        match what.split_once(' ') {
            None if what == "value" => self.value.push(text.to_owned()),
            None if what == "error" => self.error = Some(text.to_owned()),
            None if what == "status" => self.status = Some(text.to_owned()),
            Some(("console", level)) => {
                self.console.push(ConsoleLine { level: level.to_owned(), text: text.replace("\\n", "\n") });
            }
            _ => panic!("{case}: unknown expectation {what:?}"),
        }
    }

    /// The console events, in order.
    pub fn console(&self) -> &[ConsoleLine] {
        &self.console
    }

    /// The error's text with its position, if one is expected.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// The status that clients see: `ok`, `error`, `wall_time`, …
    pub fn status_name(&self) -> &str {
        match (&self.status, &self.error) {
            (Some(status), _) => status,
            (None, Some(_)) => "error",
            (None, None) => "ok",
        }
    }
}

fn set_limit(limits: &mut Limits, limit: &str, case: &str) {
    let parsed = limit.split_once(": ").and_then(|(name, value)| Some((name, value.parse::<u64>().ok()?)));
    match parsed {
        Some(("wall_ms", value)) => limits.wall = Duration::from_millis(value),
        Some(("cpu_ms", value)) => limits.cpu = Duration::from_millis(value),
        Some(("memory_bytes", value)) => limits.memory = ByteSize::bytes(value),
        Some(("output_bytes", value)) => limits.output = ByteSize::bytes(value),
        _ => panic!("{case}: unknown limit {limit:?}"),
    }
}

pub(crate) fn lines(console: &[ConsoleLine]) -> String {
    let lines: Vec<String> = console.iter().map(|line| format!("{}: {}", line.level, line.text)).collect();
    lines.join("\n")
}
