//! What `jsrun serve` is told of queues, clients and the lives of its processes.

use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Args;
use jsrun_pool::PoolConfig;
use jsrun_server::{ClientPolicy, ServerConfig};

use crate::environment;

/// How many may ask for how much. A client is an IPv4 address or the /64 of an IPv6 address.
#[derive(Args)]
pub(crate) struct CapacityArguments {
    /// Requests that may wait for their turn; more are refused with 503.
    #[arg(long, env = environment::QUEUE_LENGTH, default_value_t = 128, value_name = "COUNT")]
    queue_length: usize,
    /// Seconds that a request may wait for its turn, then it is refused with 503; a tenth of it when the queue has not been
    /// empty for as long.
    #[arg(long, env = environment::QUEUE_WAIT, default_value_t = 10, value_name = "SECONDS")]
    queue_wait: u32,
    /// Of --max-runs, so many are for clients that have no program running. Default: none on a loopback address, half
    /// elsewhere.
    #[arg(long, env = environment::RESERVED_RUNS, value_name = "COUNT")]
    reserved_runs: Option<usize>,
    /// Programs of one client that may run or wait at a time, 0 for any number; more are refused with 429. Default: any
    /// number on a loopback address, half of --max-runs elsewhere.
    #[arg(long, env = environment::CLIENT_RUNS, value_name = "COUNT")]
    client_runs: Option<usize>,
    /// Programs of one client per second, on average, 0 for any number; more are refused with 429. Default: any number on a
    /// loopback address, 10 elsewhere.
    #[arg(long, env = environment::CLIENT_RATE, value_name = "COUNT")]
    client_rate: Option<u32>,
    /// Programs of one client that may come at once after a silence. Default: five seconds' worth.
    #[arg(long, env = environment::CLIENT_BURST, value_name = "COUNT")]
    client_burst: Option<u32>,
    /// How often in a minute one client's programs may crash their processes before the client is slowed, 0 for any number.
    /// Default: any number on a loopback address, 10 elsewhere.
    #[arg(long, env = environment::CLIENT_CRASHES, value_name = "COUNT")]
    client_crashes: Option<u32>,
    /// The header in which a reverse proxy tells the client's address, as the last in a list, such as `x-forwarded-for`.
    /// Only where all requests come through that proxy. Default: the connection's address counts.
    #[arg(long, env = environment::CLIENT_HEADER, value_name = "NAME")]
    client_header: Option<String>,
    /// What GET /metrics asks for as a bearer token. Default: nothing.
    #[arg(long, env = environment::METRICS_TOKEN, value_name = "TOKEN", hide_env_values = true)]
    metrics_token: Option<String>,
    /// Processes that are forked from one zygote before another replaces it: they share one address layout.
    #[arg(long, env = environment::ZYGOTE_FORKS, default_value = "10000", value_name = "COUNT")]
    zygote_forks: NonZeroU64,
    /// Seconds after which another zygote replaces one.
    #[arg(long, env = environment::ZYGOTE_AGE, default_value = "600", value_name = "SECONDS")]
    zygote_age: NonZeroU32,
    /// Let V8 interpret programs and compile nothing: slower by far, without WebAssembly, but a smaller engine, whose
    /// processes may not make memory executable.
    #[arg(long, env = environment::JITLESS)]
    jitless: bool,
}

/// Programs per second of a client, where clients are strangers.
const RATE_OF_STRANGERS: u32 = 10;

/// Crashes per minute of a client, where clients are strangers.
const CRASHES_OF_STRANGERS: u32 = 10;

/// How many seconds' worth of programs a client may ask for at once.
const BURST_SECONDS: u32 = 5;

impl CapacityArguments {
    /// Sets what the server is to know of it.
    ///
    /// # Errors
    /// When the header's name is none.
    pub(crate) fn apply_to_server(&self, config: &mut ServerConfig, loopback: bool) -> anyhow::Result<()> {
        // On loopback all clients are one, and it is who started the server.
        let stranger = |value: usize| if loopback { 0 } else { value };
        let stranger_rate = |value: u32| if loopback { 0 } else { value };
        let rate = self.client_rate.unwrap_or(stranger_rate(RATE_OF_STRANGERS));
        let burst = self.client_burst.unwrap_or(rate.saturating_mul(BURST_SECONDS));
        ensure!(
            self.metrics_token.as_ref().is_none_or(|token| !token.is_empty()),
            "--metrics-token must not be empty"
        );
        let header = self.client_header.as_deref().map(str::parse).transpose();
        config.reserved_runs = self.reserved_runs.unwrap_or(stranger(config.max_runs / 2));
        config.queue_length = self.queue_length;
        config.queue_wait = Duration::from_secs(u64::from(self.queue_wait));
        config.overload_wait = config.queue_wait / 10;
        config.metrics_token.clone_from(&self.metrics_token);
        config.clients = ClientPolicy {
            runs: NonZeroUsize::new(self.client_runs.unwrap_or(stranger(config.max_runs.div_ceil(2)))),
            rate: NonZeroU32::new(rate),
            burst: NonZeroU32::new(burst),
            crashes: NonZeroU32::new(self.client_crashes.unwrap_or(stranger_rate(CRASHES_OF_STRANGERS))),
            header: header.context("--client-header is not the name of a header")?,
        };
        Ok(())
    }

    /// What the pool is to know of it.
    pub(crate) fn apply_to_pool(&self, config: PoolConfig) -> PoolConfig {
        PoolConfig {
            zygote_forks: self.zygote_forks.get(),
            zygote_age: Duration::from_secs(u64::from(self.zygote_age.get())),
            jitless: self.jitless,
            ..config
        }
    }
}
