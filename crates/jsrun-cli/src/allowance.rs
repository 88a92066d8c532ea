//! What a program of the command line may use: flags that `jsrun run`, `jsrun eval` and `jsrun repl` share.

use std::time::Duration;

use clap::Args;
use jsrun_types::{ByteSize, Limits};

/// The smallest heap that the engine itself is at ease in.
const LEAST_MEMORY: u64 = 16 << 20;
/// The largest heap of the engine.
const MOST_MEMORY: u64 = 4 << 30;

const DEFAULT_MEMORY: ByteSize = ByteSize::mib(1024);

/// What a program may use.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Seconds after which the program is stopped, such as 1.5; jsrun then ends with 124. Default: none.
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Memory that the program may take, such as 512M or 2G, from 16M to 4G; when it takes more, jsrun ends with 137.
    #[arg(long, value_name = "SIZE", default_value_t = DEFAULT_MEMORY, value_parser = parse_size)]
    pub(crate) memory: ByteSize,
}

impl Default for Allowance {
    /// What the flags say when they are not given.
    fn default() -> Self {
        Self { timeout: None, memory: DEFAULT_MEMORY }
    }
}

impl Allowance {
    /// The limits of a run. Neither CPU time nor output has one: the machine is the user's own.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            wall: self.timeout.unwrap_or(Duration::MAX),
            cpu: Duration::MAX,
            memory: self.memory,
            output: ByteSize::bytes(u64::MAX),
        }
    }
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is no number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("it must be more than 0".to_owned()),
    }
}

fn parse_size(text: &str) -> Result<ByteSize, String> {
    let digits = text.len() - text.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return Err("the units are K, M and G".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "it is no number of bytes, such as 512M".to_owned())?;
    match number.checked_mul(1 << shift) {
        Some(bytes @ LEAST_MEMORY..=MOST_MEMORY) => Ok(ByteSize::bytes(bytes)),
        _ => Err("it must be from 16M to 4G".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, size) in [("16777216", 16), ("64M", 64), ("64 MiB", 64), ("65536k", 64), ("2g", 2048)] {
            assert_eq!(parse_size(text), Ok(ByteSize::mib(size)), "{text}");
        }
        for text in ["", "M", "1", "5G", "64X", "-1", "99999999999999999999", "18446744073709551615G"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_positive_seconds() {
        assert_eq!(parse_seconds("1.5"), Ok(Duration::from_millis(1500)));
        for text in ["", "0", "-1", "NaN", "inf", "1e300", "1s"] {
            assert!(parse_seconds(text).is_err(), "{text}");
        }
    }
}
