//! Environment variables that the package reads. docs/python/concepts/runtime.md has them.

use std::sync::LazyLock;

/// `0` keeps the process from making runtimes ahead.
const SPARE: &str = "JSRUN_SPARE";

/// Whether runtimes may be made ahead.
pub(crate) fn may_have_spare() -> bool {
    static MAY: LazyLock<bool> = LazyLock::new(|| std::env::var_os(SPARE).is_none_or(|value| value != "0"));
    *MAY
}
