//! Runs as a client asks for them and as they are told.

use std::collections::BTreeMap;

use jsrun_types::{ByteSize, Language, ProgramKind, RunRequest};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::field::present;
use super::{LimitsBody, LimitsRequest};
use crate::ServerConfig;
use crate::body::JsonObject;
use crate::error::ApiError;

/// The most files beside a program.
const MOST_FILES: usize = 256;
/// The longest path of a file, in bytes.
const LONGEST_PATH: usize = 255;

/// The body of `POST /api/v1/runs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunBody {
    #[serde(default, deserialize_with = "present")]
    code: Option<String>,
    #[serde(default, deserialize_with = "present")]
    language: Option<LanguageName>,
    #[serde(default, deserialize_with = "present")]
    files: Option<BTreeMap<String, String>>,
    #[serde(default, deserialize_with = "present")]
    entry: Option<String>,
    #[serde(default, deserialize_with = "present")]
    limits: Option<JsonObject<LimitsRequest>>,
}

/// In what a program is written.
#[derive(Clone, Copy, Debug)]
struct LanguageName(Language);

impl<'de> Deserialize<'de> for LanguageName {
    /// From a string only: serde's own enums take objects as well.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "javascript" => Ok(Self(Language::JavaScript)),
            "typescript" => Ok(Self(Language::TypeScript)),
            other => Err(D::Error::unknown_variant(other, &["javascript", "typescript"])),
        }
    }
}

impl RunBody {
    /// # Errors
    /// [`ApiError::CodeTooLarge`], [`ApiError::InvalidField`] for a limit out of range, and for files and an entry that
    /// make no program.
    pub(crate) fn into_run_request(self, config: &ServerConfig) -> Result<RunRequest, ApiError> {
        let limits = self.limits.map_or_else(LimitsRequest::default, |limits| limits.0);
        let limits = limits.to_limits(config)?;
        let language = self.language.map_or(Language::JavaScript, |language| language.0);
        let mut files = self.files.unwrap_or_default();
        check_paths(&files)?;
        let of_files: usize = files.iter().map(|(path, text)| path.len() + text.len()).sum();
        let (code, name, kind) = match (self.code, self.entry) {
            (Some(code), None) => (code, program_name(language).to_owned(), ProgramKind::Program),
            (None, Some(entry)) => match files.remove(&entry) {
                Some(code) => (code, entry, ProgramKind::Module),
                None => return Err(invalid("entry", format!("there is no file {entry:?} in `files`"))),
            },
            (None, None) if files.is_empty() => return Err(invalid("code", "missing field `code`")),
            (None, None) => return Err(invalid("entry", "which of `files` is the program?")),
            (Some(_), Some(_)) => {
                return Err(invalid("entry", "the program is either `code` or a file, not both"));
            }
        };
        let length = if kind == ProgramKind::Module { of_files } else { of_files + code.len() };
        check_length(length, config)?;
        Ok(RunRequest { name, language, kind, files, limits, ..RunRequest::new(code) })
    }
}

/// The name of a program in positions and stack frames.
fn program_name(language: Language) -> &'static str {
    match language {
        Language::JavaScript => "main.js",
        Language::TypeScript => "main.ts",
    }
}

/// Paths are relative, written with `/`, and mean one place each.
fn check_paths(files: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if files.len() > MOST_FILES {
        return Err(invalid("files", format!("{} are too many; there may be {MOST_FILES}", files.len())));
    }
    for path in files.keys() {
        let is_plain = !path.chars().any(|character| character.is_control() || "\\?#".contains(character));
        let has_names = path.split('/').all(|name| !matches!(name, "" | "." | ".."));
        if path.len() > LONGEST_PATH || !is_plain || !has_names {
            let reason = format!(
                "{path:?} is not a path such as lib/math.ts: of at most {LONGEST_PATH} bytes, relative, without \
                 empty names, `.`, `..`, backslashes, `?`, `#` and control characters"
            );
            return Err(invalid("files", reason));
        }
    }
    Ok(())
}

fn invalid(field: &str, reason: impl Into<String>) -> ApiError {
    ApiError::InvalidField { field: field.to_owned(), reason: reason.into() }
}

/// The program, if it is not too long.
pub(super) fn program(code: String, config: &ServerConfig) -> Result<String, ApiError> {
    check_length(code.len(), config).map(|()| code)
}

fn check_length(length: usize, config: &ServerConfig) -> Result<(), ApiError> {
    let (size, limit) = (ByteSize::bytes(length as u64), config.code_size);
    if size > limit { Err(ApiError::CodeTooLarge { size, limit }) } else { Ok(()) }
}

/// The first server-sent event of a run.
#[derive(Debug, Serialize)]
pub(crate) struct RunStarted {
    pub(crate) id: String,
    pub(crate) limits: LimitsBody,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn request(body: serde_json::Value) -> Result<RunRequest, ApiError> {
        let body: RunBody = serde_json::from_value(body).expect("well-formed");
        body.into_run_request(&ServerConfig::default())
    }

    #[test]
    fn what_is_left_out_is_the_servers_default() {
        let expected = RunRequest::new("1");
        assert_eq!(request(serde_json::json!({ "code": "1" })).expect("complete"), expected);
        let explicit = serde_json::json!({ "code": "1", "language": "javascript", "limits": {} });
        assert_eq!(request(explicit).expect("complete"), expected);
    }

    #[test]
    fn limits_are_taken_up_to_the_maximum() {
        let body = serde_json::json!({ "code": "1", "limits": { "wall_ms": 1, "output_bytes": 10 } });
        let limits = request(body).expect("in range").limits;
        assert_eq!((limits.wall, limits.output), (Duration::from_millis(1), ByteSize::bytes(10)));
        for field in ["wall_ms", "cpu_ms", "memory_bytes", "output_bytes"] {
            for value in [0, u64::MAX] {
                let body = serde_json::json!({ "code": "1", "limits": { field: value } });
                let error = request(body).expect_err("out of range").to_string();
                assert!(error.starts_with(&format!("`limits.{field}`: {value} is out of range")), "{error}");
            }
        }
        let body = serde_json::json!({ "code": "1", "limits": { "wall_ms": 30_001 } });
        let error = request(body).expect_err("out of range").to_string();
        assert!(error.ends_with("from 1 to 30000"), "{error}");
    }

    #[test]
    fn a_program_is_code_or_an_entry() {
        let body = serde_json::json!({ "code": "1", "language": "typescript", "files": { "lib/a.ts": "2" } });
        let program = request(body).expect("complete");
        assert_eq!((program.name.as_str(), program.language), ("main.ts", Language::TypeScript));
        assert_eq!((program.kind, program.files.len()), (ProgramKind::Program, 1));
        let body = serde_json::json!({ "files": { "a.ts": "1", "b.ts": "2" }, "entry": "a.ts" });
        let program = request(body).expect("complete");
        assert_eq!((program.name.as_str(), program.code.as_str()), ("a.ts", "1"));
        assert_eq!((program.kind, program.files.len()), (ProgramKind::Module, 1));
    }

    #[test]
    fn what_makes_no_program_is_refused() {
        for (body, field, reason) in [
            (serde_json::json!({ "files": { "a.js": "" } }), "entry", "which"),
            (serde_json::json!({ "files": { "a.js": "" }, "entry": "b.js" }), "entry", "no file \"b.js\""),
            (
                serde_json::json!({ "code": "", "entry": "a.js", "files": { "a.js": "" } }),
                "entry",
                "not both",
            ),
            (serde_json::json!({ "entry": "a.js" }), "entry", "no file"),
            (serde_json::json!({ "code": "", "files": { "../a.js": "" } }), "files", "not a path"),
            (serde_json::json!({ "code": "", "files": { "/a.js": "" } }), "files", "not a path"),
            (serde_json::json!({ "code": "", "files": { "": "" } }), "files", "not a path"),
        ] {
            let text = body.to_string();
            let error = request(body).expect_err("no program").to_string();
            assert!(error.starts_with(&format!("`{field}`: ")) && error.contains(reason), "{text}: {error}");
        }
        let many: BTreeMap<String, String> = (0..257).map(|n| (format!("{n}.js"), String::new())).collect();
        let error =
            request(serde_json::json!({ "code": "1", "files": many })).expect_err("too many").to_string();
        assert!(error.contains("257 are too many"), "{error}");
    }

    #[test]
    fn files_count_towards_the_size_of_the_code() {
        let half = " ".repeat(600_000);
        let body = serde_json::json!({ "code": half, "files": { "a.js": half } });
        assert!(matches!(request(body), Err(ApiError::CodeTooLarge { .. })));
    }
}
