//! Limits as JSON, and as a client asks for them.

use std::time::Duration;

use jsrun_types::{ByteSize, Limits};
use serde::{Deserialize, Serialize};

use super::field::whole_number;
use crate::ServerConfig;
use crate::error::ApiError;

/// The limits of a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct LimitsBody {
    /// Milliseconds.
    wall_ms: u64,
    /// Milliseconds.
    cpu_ms: u64,
    memory_bytes: u64,
    output_bytes: u64,
}

impl From<Limits> for LimitsBody {
    fn from(limits: Limits) -> Self {
        Self {
            wall_ms: milliseconds(limits.wall),
            cpu_ms: milliseconds(limits.cpu),
            memory_bytes: limits.memory.as_u64(),
            output_bytes: limits.output.as_u64(),
        }
    }
}

/// What the server allows.
#[derive(Debug, Serialize)]
pub(crate) struct LimitsAnswer {
    default: LimitsBody,
    maximum: LimitsBody,
    /// The longest program, in UTF-8.
    code_bytes: u64,
}

impl From<&ServerConfig> for LimitsAnswer {
    fn from(config: &ServerConfig) -> Self {
        Self {
            default: config.default_limits.into(),
            maximum: config.maximum_limits.into(),
            code_bytes: config.code_size.as_u64(),
        }
    }
}

/// The limits that a client asks for; the server's default where it names none.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsRequest {
    /// Milliseconds.
    #[serde(default, deserialize_with = "whole_number")]
    wall_ms: Option<u64>,
    /// Milliseconds.
    #[serde(default, deserialize_with = "whole_number")]
    cpu_ms: Option<u64>,
    #[serde(default, deserialize_with = "whole_number")]
    memory_bytes: Option<u64>,
    #[serde(default, deserialize_with = "whole_number")]
    output_bytes: Option<u64>,
}

impl LimitsRequest {
    /// # Errors
    /// [`ApiError::InvalidField`] for a limit that is zero or over the maximum.
    pub(crate) fn to_limits(&self, config: &ServerConfig) -> Result<Limits, ApiError> {
        let (default, maximum) = (config.default_limits, config.maximum_limits);
        Ok(Limits {
            wall: within("limits.wall_ms", self.wall_ms, milliseconds(maximum.wall))?
                .map_or(default.wall, Duration::from_millis),
            cpu: within("limits.cpu_ms", self.cpu_ms, milliseconds(maximum.cpu))?
                .map_or(default.cpu, Duration::from_millis),
            memory: within("limits.memory_bytes", self.memory_bytes, maximum.memory.as_u64())?
                .map_or(default.memory, ByteSize::bytes),
            output: within("limits.output_bytes", self.output_bytes, maximum.output.as_u64())?
                .map_or(default.output, ByteSize::bytes),
        })
    }
}

fn within(field: &str, value: Option<u64>, maximum: u64) -> Result<Option<u64>, ApiError> {
    match value {
        Some(value) if value == 0 || value > maximum => Err(ApiError::InvalidField {
            field: field.to_owned(),
            reason: format!("{value} is out of range; it must be from 1 to {maximum}"),
        }),
        _ => Ok(value),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
