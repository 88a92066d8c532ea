//! Every environment variable that `jsrun` reads. A flag wins over its variable.

/// `--listen`: address and port, such as `127.0.0.1:8000`.
pub(crate) const LISTEN: &str = "JSRUN_LISTEN";

/// `--workers`: worker processes kept ready.
pub(crate) const WORKERS: &str = "JSRUN_WORKERS";

/// `--max-runs`: programs that may run at a time.
pub(crate) const MAX_RUNS: &str = "JSRUN_MAX_RUNS";

/// `--allow-host`: names that a server on a loopback address answers to, separated by commas.
pub(crate) const ALLOW_HOST: &str = "JSRUN_ALLOW_HOST";

/// `--drain-time`: seconds that running programs get after the signal to stop.
pub(crate) const DRAIN_TIME: &str = "JSRUN_DRAIN_TIME";

/// `--sandbox`: `require`, `auto` or `off`.
pub(crate) const SANDBOX: &str = "JSRUN_SANDBOX";

/// What is logged to standard error, such as `debug` or `jsrun_server=debug,warn`: the syntax of `tracing`'s `EnvFilter`,
/// <https://docs.rs/tracing-subscriber/0.3/tracing_subscriber/filter/struct.EnvFilter.html#directives>. Default `info`.
pub(crate) const LOG: &str = "JSRUN_LOG";
