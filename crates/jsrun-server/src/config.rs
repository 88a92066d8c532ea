//! How a server is to be.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use axum::http::HeaderName;
use jsrun_types::{ByteSize, Limits};

use crate::HostPolicy;

/// How a server is to be. Where it listens is the caller's: see [`crate::serve`].
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The limits of a run that names none. Default [`Limits::default`].
    pub default_limits: Limits,
    /// The most that a run may ask for. Default 30 s of wall and CPU time, 512 MiB, 2 MiB of output: one event or
    /// value must fit in a worker's frame.
    pub maximum_limits: Limits,
    /// The longest program, in UTF-8. Default 1 MiB.
    pub code_size: ByteSize,
    /// The longest request body. Default 4 MiB: JSON that escapes all but ASCII takes at most 3 bytes for each byte
    /// of a program (`é` is 2 bytes, `\u00e9` is 6), and 1 MiB is left for the rest.
    pub body_size: ByteSize,
    /// How long a request body may take to arrive. Default 10 s.
    pub body_wait: Duration,
    /// Runs at a time. Default 4 per CPU: programs wait more than they compute.
    pub max_runs: usize,
    /// Of these, so many are for clients that have no run, so that few who ask for much do not make all others wait.
    /// Default 0.
    pub reserved_runs: usize,
    /// Requests that may wait for their turn. Default 128; one more is refused with 503.
    pub queue_length: usize,
    /// How long a request waits for its turn. Default 10 s, then it is refused with 503.
    pub queue_wait: Duration,
    /// How long a request waits when the queue has not been empty for as long as [`ServerConfig::queue_wait`]: what is
    /// always full only delays everybody. Default 1 s.
    pub overload_wait: Duration,
    /// What one client may ask for. Default: whatever it likes.
    pub clients: ClientPolicy,
    /// How long a request whose turn it is waits for a worker. Default 5 s; more means that the zygote is ill.
    pub checkout_wait: Duration,
    /// Connections at a time. Default 512; more wait in the kernel's backlog.
    pub max_connections: usize,
    /// How long a request's headers may take to arrive, and a connection may lie idle. Default 30 s.
    pub header_wait: Duration,
    /// How long a client may refuse to take a byte of its answer. Default 30 s, then the connection is closed, which
    /// ends its run.
    pub write_wait: Duration,
    /// How long running runs may go on after the shutdown signal; then they are cancelled. Default 10 s.
    pub drain_time: Duration,
    /// Which `Host` headers are answered. Default [`HostPolicy::Any`].
    pub hosts: HostPolicy,
    /// What `GET /metrics` asks for as a bearer token. Default `None`: whoever reaches the port may read them.
    pub metrics_token: Option<String>,
}

/// What one client may ask for: an IPv4 address, or a /64 of IPv6 addresses. What it asks for beyond is refused with 429.
#[derive(Clone, Debug, Default)]
pub struct ClientPolicy {
    /// Programs of a client that run or wait at a time. Default `None`: any number.
    pub runs: Option<NonZeroUsize>,
    /// Programs of a client in a second, on average. Default `None`: any number.
    pub rate: Option<NonZeroU32>,
    /// How many programs of a client may come at once that has been silent. Default `None`: a second's worth, which is
    /// the least.
    pub burst: Option<NonZeroU32>,
    /// How often a client's programs may crash their workers in a minute before it is slowed. Default `None`: any number.
    pub crashes: Option<NonZeroU32>,
    /// The header in which a proxy tells the client's address, as the last in a list: `x-forwarded-for`. To be set only
    /// where every request comes through that proxy: others may write what they like. Default `None`: the peer's address.
    pub header: Option<HeaderName>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            default_limits: Limits::default(),
            maximum_limits: Limits {
                wall: Duration::from_secs(30),
                cpu: Duration::from_secs(30),
                memory: ByteSize::mib(512),
                output: ByteSize::mib(2),
            },
            code_size: ByteSize::mib(1),
            body_size: ByteSize::mib(4),
            body_wait: Duration::from_secs(10),
            max_runs: cpus.saturating_mul(4),
            reserved_runs: 0,
            queue_length: 128,
            queue_wait: Duration::from_secs(10),
            overload_wait: Duration::from_secs(1),
            clients: ClientPolicy::default(),
            checkout_wait: Duration::from_secs(5),
            max_connections: 512,
            header_wait: Duration::from_secs(30),
            write_wait: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
            hosts: HostPolicy::Any,
            metrics_token: None,
        }
    }
}
