//! Programs that mean harm, with what they must end with.

use jsrun_types::RunRequest;

use crate::case::{cases_below, lines};
use crate::{Case, Observed};

/// A program that means harm.
#[derive(Clone, Debug)]
pub struct HostileProgram {
    case: Case,
    statuses: Vec<String>,
}

/// Every program below `tests/hostile/`, in order of their names.
///
/// # Panics
/// When a file cannot be read, its expectations cannot be understood, or it does not name a status.
pub fn all_hostile_programs() -> Vec<HostileProgram> {
    cases_below("hostile").into_iter().map(HostileProgram::new).collect()
}

/// Every status that a program can end with by itself, as clients see it.
const STATUSES: [&str; 7] = ["ok", "error", "wall_time", "cpu_time", "memory", "output", "crashed"];

impl HostileProgram {
    fn new(case: Case) -> Self {
        let status =
            case.expected.status.as_deref().unwrap_or_else(|| panic!("{} names no status", case.name));
        let statuses: Vec<String> = status.split(" | ").map(str::to_owned).collect();
        for status in &statuses {
            assert!(STATUSES.contains(&status.as_str()), "{}: unknown status {status:?}", case.name);
        }
        Self { case, statuses }
    }

    /// The file's path below `tests/hostile/`.
    pub fn name(&self) -> &str {
        &self.case.name
    }

    /// What it attacks: its folder.
    pub fn target(&self) -> &str {
        self.case.name.split('/').next().unwrap_or_default()
    }

    /// The program with its limits.
    pub fn request(&self) -> &RunRequest {
        &self.case.request
    }

    /// Whether it came to a limit of time though it must end otherwise: on a busy machine before it has come to that.
    pub fn is_out_of_time(&self, observed: &Observed) -> bool {
        ["wall_time", "cpu_time"].contains(&observed.status.as_str())
            && !self.statuses.contains(&observed.status)
    }

    /// What is wrong with what came of it; `None` when all is as expected.
    pub fn complaint(&self, observed: &Observed) -> Option<String> {
        let expected = &self.case.expected;
        let mut complaints = Vec::new();
        let mut compare = |what: &str, expected: &str, observed: &str| {
            if expected != observed {
                complaints.push(format!("{what}: expected {expected:?}, observed {observed:?}"));
            }
        };
        if !self.statuses.contains(&observed.status) {
            compare("status", &self.statuses.join(" | "), &observed.status);
        }
        if !expected.value.is_empty() && observed.status == "ok" {
            compare("value", &expected.value.join("\n"), observed.value.as_deref().unwrap_or_default());
        }
        if let Some(error) = &expected.error {
            compare("error", error, observed.error.as_deref().unwrap_or_default());
        }
        if !expected.console.is_empty() {
            compare("console", &lines(&expected.console), &lines(&observed.console));
        }
        if complaints.is_empty() {
            return None;
        }
        let tell = observed.error.as_ref().or(observed.value.as_ref()).map_or("", String::as_str);
        let tell: String = tell.chars().take(200).collect();
        Some(format!("{}: {} ({tell})", self.name(), complaints.join("; ")))
    }
}
