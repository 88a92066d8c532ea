//! `tests/cases/` as files for `jsrun run`.

use std::fmt::Write as _;

use jsrun_testkit::{Case, all_cases};
use jsrun_types::ProgramKind;

use crate::folder::Folder;
use crate::process::run;

/// Topics whose programs mean the same in files.
const TOPICS: [&str; 4] = ["console/", "errors/", "modules/", "typescript/"];

#[test]
fn cases_as_files() {
    let cases: Vec<Case> = all_cases().into_iter().filter(is_fit).collect();
    assert!(TOPICS.iter().all(|topic| cases.iter().any(|case| case.name.starts_with(topic))));
    let complaints: Vec<String> = cases.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Whether the command shows what the case expects. It has no limits of its own, indents groups, reads Wasm as it is and not
/// in base64, and tells where files really are.
fn is_fit(case: &Case) -> bool {
    TOPICS.iter().any(|topic| case.name.starts_with(topic))
        && matches!(case.expected.status_name(), "ok" | "error")
        && case.request.kind == ProgramKind::Program
        && !case.expected.console().iter().any(|line| line.level.starts_with("group"))
        && !case.request.files.keys().any(|path| path.contains(".wasm"))
        && !case.request.code.contains("import.meta.url")
}

fn complaint(case: &Case) -> Option<String> {
    let folder = Folder::empty();
    for (path, text) in &case.request.files {
        folder.write(path, text);
    }
    folder.write(&case.request.name, &case.request.code);
    let ended = run(folder.path(), &["run", &case.request.name]);
    let (mut stdout, mut stderr) = (String::new(), String::new());
    // What is cleared is a terminal.
    for line in case.expected.console().iter().filter(|line| line.level != "clear") {
        let stream = match line.level.as_str() {
            "warn" | "error" | "trace" => &mut stderr,
            _ => &mut stdout,
        };
        let _infallible = writeln!(stream, "{}", line.text);
    }
    // A real file's imports are looked for in other places, which the message tells.
    let error = case.expected.error().unwrap_or_default();
    let name = error.split([':', '(']).next().unwrap_or_default().trim_end();
    let fine = ended.code == Some(i32::from(!error.is_empty()))
        && ended.stdout == stdout
        && ended.stderr.starts_with(&stderr)
        && ended.stderr.contains(name);
    (!fine).then(|| format!("{}: expected {stdout:?}, {stderr:?}, {error:?}; observed {ended:?}", case.name))
}
