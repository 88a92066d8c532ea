//! Runs as a client asks for them and as they are told.

use jsrun_types::{ByteSize, RunRequest};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::field::present;
use super::{LimitsBody, LimitsRequest};
use crate::ServerConfig;
use crate::body::JsonObject;
use crate::error::ApiError;

/// The name of the program in positions and stack frames.
pub(super) const PROGRAM_NAME: &str = "main.js";

/// The body of `POST /api/v1/runs`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RunBody {
    code: String,
    #[serde(default, deserialize_with = "present")]
    language: Option<Language>,
    #[serde(default, deserialize_with = "present")]
    limits: Option<JsonObject<LimitsRequest>>,
}

/// In what a program is written.
#[derive(Clone, Copy, Debug)]
enum Language {
    JavaScript,
}

impl<'de> Deserialize<'de> for Language {
    /// From a string only: serde's own enums take objects as well.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "javascript" => Ok(Self::JavaScript),
            other => Err(D::Error::unknown_variant(other, &["javascript"])),
        }
    }
}

impl RunBody {
    /// # Errors
    /// [`ApiError::CodeTooLarge`], [`ApiError::InvalidField`] for a limit out of range.
    pub(crate) fn into_run_request(self, config: &ServerConfig) -> Result<RunRequest, ApiError> {
        let Language::JavaScript = self.language.unwrap_or(Language::JavaScript);
        let limits = self.limits.map_or_else(LimitsRequest::default, |limits| limits.0);
        Ok(RunRequest {
            limits: limits.to_limits(config)?,
            code: program(self.code, config)?,
            name: PROGRAM_NAME.to_owned(),
        })
    }
}

/// The program, if it is not too long.
pub(super) fn program(code: String, config: &ServerConfig) -> Result<String, ApiError> {
    let (size, limit) = (ByteSize::bytes(code.len() as u64), config.code_size);
    if size > limit { Err(ApiError::CodeTooLarge { size, limit }) } else { Ok(code) }
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
    use jsrun_types::Limits;
    use std::time::Duration;

    fn request(body: serde_json::Value) -> Result<RunRequest, ApiError> {
        let body: RunBody = serde_json::from_value(body).expect("well-formed");
        body.into_run_request(&ServerConfig::default())
    }

    #[test]
    fn what_is_left_out_is_the_servers_default() {
        let expected =
            RunRequest { code: "1".to_owned(), name: "main.js".to_owned(), limits: Limits::default() };
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
}
