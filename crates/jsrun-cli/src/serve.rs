//! `jsrun serve`.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::Args;
use jsrun_pool::{Pool, PoolConfig, PoolError};
use jsrun_server::{AppState, HostPolicy, ServerConfig};
use jsrun_types::SandboxMode;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use crate::capacity::CapacityArguments;
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
    /// A name by which browsers may reach the server, beside localhost and addresses; may be repeated. Others are refused,
    /// so that no other site can point its name here (DNS rebinding). Default: none on a loopback address, any elsewhere.
    #[arg(long, env = environment::ALLOW_HOST, value_name = "NAME", value_delimiter = ',')]
    allow_host: Vec<String>,
    /// Seconds that running programs get to finish after SIGTERM or SIGINT; then they are cancelled. A second signal ends
    /// the server at once.
    #[arg(long, env = environment::DRAIN_TIME, default_value_t = 10, value_name = "SECONDS")]
    drain_time: u32,
    /// Whether the operating system must confine the processes that programs run in: `require` refuses to start when a
    /// needed layer is missing (`jsrun doctor` shows them), `auto` warns, `off` uses none. Default: `auto` on a loopback
    /// address, `require` on any other.
    #[arg(long, env = environment::SANDBOX, value_name = "require|auto|off")]
    sandbox: Option<SandboxMode>,
    #[command(flatten)]
    capacity: CapacityArguments,
}

/// Serves until SIGTERM or SIGINT, then drains. A second signal ends the drain.
///
/// # Errors
/// When it cannot start: the address is taken or not ours, or the zygote does not come up. When it was ended in its drain.
pub(crate) fn serve(arguments: ServeArguments) -> anyhow::Result<()> {
    logging::start()?;
    jsrun_pool::raise_descriptor_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start the threads of the server")?.block_on(run(arguments))
}

async fn run(arguments: ServeArguments) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let listener = bind(arguments.listen).await?;
    let address = listener.local_addr().context("the socket has no address")?;
    let config = server_config(&arguments, address)?;
    let loopback = address.ip().is_loopback();
    let sandbox =
        arguments.sandbox.unwrap_or(if loopback { SandboxMode::Auto } else { SandboxMode::Require });
    let pool =
        Pool::start(PoolConfig { sandbox, ..pool_config(&arguments, &config)? }).await.map_err(explain)?;
    warn(&pool, loopback);
    announce(address);
    let (stop, stopped) = oneshot::channel();
    let stopped = async { drop(stopped.await) };
    tokio::select! {
        () = jsrun_server::serve(listener, AppState::new(config, pool), stopped) => Ok(()),
        () = signals.two(stop) => Err(anyhow!("ended by a second signal before its programs had finished")),
    }
}

/// Says what to do where only another flag helps.
fn explain(error: PoolError) -> anyhow::Error {
    let sandbox = matches!(error, PoolError::Sandbox(_));
    let error = anyhow::Error::new(error).context("cannot start the workers");
    if sandbox {
        // The last word of the line: the reasons are longer.
        return anyhow!("{error:#}; `jsrun doctor` shows all layers, and --sandbox auto goes on without");
    }
    error
}

/// Tells whoever runs the server that programs are not confined, whatever is logged.
fn warn(pool: &Pool, loopback: bool) {
    let open = if loopback { "" } else { ", and this server listens beyond this machine" };
    if pool.sandbox_mode() == SandboxMode::Off {
        logging::say(&format!(
            "jsrun: WARNING: --sandbox off: programs run without the operating system's sandbox{open}. Whoever gets \
             out of V8 has this user's rights."
        ));
    } else if pool.sandbox().is_some_and(|report| !report.shortcomings().is_empty()) {
        logging::say(&format!(
            "jsrun: WARNING: the sandbox of programs is not whole{open}; `jsrun doctor` says why and what to do."
        ));
    }
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

fn server_config(arguments: &ServeArguments, address: SocketAddr) -> anyhow::Result<ServerConfig> {
    let default = ServerConfig::default();
    let names = &arguments.allow_host;
    // Beyond loopback a server need not know the names by which it is reached, unless it is told some.
    let any = names.is_empty() && !address.ip().is_loopback();
    let mut config = ServerConfig {
        max_runs: arguments.max_runs.map_or(default.max_runs, NonZeroUsize::get),
        hosts: if any { HostPolicy::Any } else { HostPolicy::Only(names.clone()) },
        drain_time: Duration::from_secs(u64::from(arguments.drain_time)),
        ..default
    };
    arguments.capacity.apply_to_server(&mut config, address.ip().is_loopback())?;
    Ok(config)
}

fn pool_config(arguments: &ServeArguments, server: &ServerConfig) -> anyhow::Result<PoolConfig> {
    let cpus = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let ready = arguments.workers.map_or(cpus.saturating_mul(2), NonZeroUsize::get);
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    let max_workers = server.max_runs.saturating_add(ready);
    let config = PoolConfig { ready, max_workers, ..PoolConfig::new(program) };
    Ok(arguments.capacity.apply_to_pool(config))
}

/// The line that tells people and scripts where the server is. Nobody is left to tell when standard output is closed.
fn announce(address: SocketAddr) {
    let mut stdout = std::io::stdout();
    let _closed = writeln!(stdout, "listening on http://{address}").and_then(|()| stdout.flush());
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// The handlers are in place when this returns.
    fn listen() -> anyhow::Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
        let interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
        Ok(Self { terminate, interrupt })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Resolves at the second; drops `first` at the first.
    async fn two(&mut self, first: oneshot::Sender<()>) {
        self.next().await;
        drop(first);
        self.next().await;
    }
}
