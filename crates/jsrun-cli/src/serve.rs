//! `jsrun serve`.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use jsrun_pool::{Pool, PoolConfig};
use jsrun_server::{AppState, HostPolicy, ServerConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::{environment, logging};

/// How to serve.
#[derive(Args)]
pub(crate) struct ServeArguments {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, env = environment::LISTEN, default_value = "127.0.0.1:8000", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Worker processes kept ready for the next runs. Default: two per CPU.
    #[arg(long, env = environment::WORKERS, value_name = "COUNT")]
    workers: Option<NonZeroUsize>,
    /// Programs that may run at a time; more wait in a queue. Default: four per CPU.
    #[arg(long, env = environment::MAX_RUNS, value_name = "COUNT")]
    max_runs: Option<NonZeroUsize>,
    /// A name by which browsers may reach a server that listens on a loopback address, beside localhost and addresses;
    /// may be repeated. Others are refused, so that no other site can point its name here (DNS rebinding).
    #[arg(long, env = environment::ALLOW_HOST, value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Seconds that running programs get to finish after SIGTERM or SIGINT; then they are cancelled.
    #[arg(long, env = environment::DRAIN_TIME, default_value_t = 10, value_name = "SECONDS")]
    drain_time: u32,
}

/// Serves until SIGTERM or SIGINT, then drains.
///
/// # Errors
/// When it cannot start: the address is taken or not ours, or the zygote does not come up.
pub(crate) fn serve(arguments: ServeArguments) -> anyhow::Result<()> {
    logging::start()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the threads of the server")?.block_on(run(arguments))
}

async fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    let shutdown = shutdown()?;
    let listener = bind(arguments.listen).await?;
    let address = listener.local_addr().context("the socket has no address")?;
    let config = server_config(&arguments, address);
    let pool = Pool::start(pool_config(&arguments, &config)?).await.context("cannot start the workers")?;
    if !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "listening beyond this machine, but workers run without an OS sandbox; do not expose to strangers"
        );
    }
    announce(address);
    jsrun_server::serve(listener, AppState::new(config, pool), shutdown).await;
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program listens there; stop it or choose another port with --listen, 0 for a free one"
            }
            ErrorKind::AddrNotAvailable => "this machine does not have that address; choose another with --listen",
            ErrorKind::PermissionDenied => "not permitted; ports below 1024 need privileges, choose another with --listen",
            _ => "choose another address with --listen",
        };
        anyhow!("cannot listen on {address}: {error}: {hint}")
    })
}

fn server_config(arguments: &ServeArguments, address: SocketAddr) -> ServerConfig {
    let default = ServerConfig::default();
    let loopback = address.ip().is_loopback();
    ServerConfig {
        max_runs: arguments.max_runs.map_or(default.max_runs, NonZeroUsize::get),
        hosts: if loopback { HostPolicy::Only(arguments.allow_host.clone()) } else { HostPolicy::Any },
        drain_time: Duration::from_secs(u64::from(arguments.drain_time)),
        ..default
    }
}

fn pool_config(arguments: &ServeArguments, server: &ServerConfig) -> anyhow::Result<PoolConfig> {
    let cpus = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let ready = arguments.workers.map_or(cpus.saturating_mul(2), NonZeroUsize::get);
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    let max_workers = server.max_runs.saturating_add(ready);
    Ok(PoolConfig { ready, max_workers, ..PoolConfig::new(program) })
}

/// The line that tells people and scripts where the server is. Nobody is left to tell when standard output is closed.
fn announce(address: SocketAddr) {
    let mut stdout = std::io::stdout();
    let _closed = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
}

/// Resolves at the first SIGTERM or SIGINT. The handlers are in place when this returns.
fn shutdown() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
