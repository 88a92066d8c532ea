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

/// `--queue-length`: requests that may wait for their turn.
pub(crate) const QUEUE_LENGTH: &str = "JSRUN_QUEUE_LENGTH";

/// `--queue-wait`: seconds that a request may wait for its turn.
pub(crate) const QUEUE_WAIT: &str = "JSRUN_QUEUE_WAIT";

/// `--reserved-runs`: of the programs that may run at a time, how many are for clients that have none running.
pub(crate) const RESERVED_RUNS: &str = "JSRUN_RESERVED_RUNS";

/// `--client-runs`: programs of one client that may run or wait at a time.
pub(crate) const CLIENT_RUNS: &str = "JSRUN_CLIENT_RUNS";

/// `--client-rate`: programs of one client per second.
pub(crate) const CLIENT_RATE: &str = "JSRUN_CLIENT_RATE";

/// `--client-burst`: programs of one client that may come at once.
pub(crate) const CLIENT_BURST: &str = "JSRUN_CLIENT_BURST";

/// `--client-crashes`: crashes per minute before a client is slowed.
pub(crate) const CLIENT_CRASHES: &str = "JSRUN_CLIENT_CRASHES";

/// `--client-header`: the header in which a reverse proxy tells the client's address.
pub(crate) const CLIENT_HEADER: &str = "JSRUN_CLIENT_HEADER";

/// `--metrics-token`: what `GET /metrics` asks for. A variable shows in no list of processes, unlike a flag.
pub(crate) const METRICS_TOKEN: &str = "JSRUN_METRICS_TOKEN";

/// `--zygote-forks`: processes forked from one zygote.
pub(crate) const ZYGOTE_FORKS: &str = "JSRUN_ZYGOTE_FORKS";

/// `--zygote-age`: seconds that a zygote lives.
pub(crate) const ZYGOTE_AGE: &str = "JSRUN_ZYGOTE_AGE";

/// `--jitless`: `true` lets V8 interpret everything.
pub(crate) const JITLESS: &str = "JSRUN_JITLESS";
/// Where the REPL keeps its history, as `jsrun/history` below it. Default: `~/.local/state`.
/// <https://specifications.freedesktop.org/basedir-spec/latest/>
pub(crate) const STATE_HOME: &str = "XDG_STATE_HOME";

/// The user's folder, where [`STATE_HOME`] says nothing.
pub(crate) const HOME: &str = "HOME";

/// When it is there and not empty, nothing is coloured. <https://no-color.org>
pub(crate) const NO_COLOR: &str = "NO_COLOR";

/// What the terminal is; `dumb` has no colours.
pub(crate) const TERM: &str = "TERM";

/// What is logged to standard error, such as `debug` or `jsrun_server=debug,warn`: the syntax of `tracing`'s `EnvFilter`,
/// <https://docs.rs/tracing-subscriber/0.3/tracing_subscriber/filter/struct.EnvFilter.html#directives>. Default `info`.
pub(crate) const LOG: &str = "JSRUN_LOG";
