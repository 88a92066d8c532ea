//! Where the figures were taken.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::thread;

/// The machine, as far as its figures depend on it.
#[derive(Debug)]
pub(crate) struct Machine {
    cores: usize,
    processor: String,
    kernel: String,
}

impl Machine {
    /// Reads `/proc`; what is not there is "unknown".
    pub(crate) fn read() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            processor: or_unknown(processor_model(&processors)),
            kernel: or_unknown(kernel.trim()),
        }
    }
}

impl Display for Machine {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} cores of {}, Linux {}", self.cores, self.processor, self.kernel)
    }
}

fn processor_model(processors: &str) -> &str {
    processors
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(':'))
        .map_or("", |(_, model)| model.trim())
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_the_first_processors() {
        assert_eq!(
            processor_model("processor\t: 0\nmodel name\t: A B @ 2 GHz\nmodel name\t: C\n"),
            "A B @ 2 GHz"
        );
        assert_eq!(or_unknown(processor_model("")), "unknown");
    }
}
