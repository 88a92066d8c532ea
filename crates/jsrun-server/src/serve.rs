//! The service on a socket, from the first connection to the drain.

use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::client::PeerService;
use crate::connection::Connection;
use crate::{AppState, ServerConfig, app};

/// How long clients of cancelled runs may take to receive their outcomes.
const CANCEL_TIME: Duration = Duration::from_secs(2);

/// How long to wait after a failed accept, which most often means that there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers on `listener` until `shutdown` resolves, then drains: no new runs, running ones finish or are cancelled after
/// [`ServerConfig::drain_time`] with their outcome delivered. Returns when all connections, workers and the zygote are gone.
pub async fn serve(listener: TcpListener, state: AppState, shutdown: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let mut tasks = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    let mut acceptor = Acceptor::new(listener, state.config());
    let app = app(state.clone());
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (connection, peer) = acceptor.accept() => {
                let http = http(state.config());
                let service = PeerService::new(service(&app), peer);
                let served = http.serve_connection(TokioIo::new(connection), service);
                let served = connections.watch(served);
                tasks.spawn(async move {
                    if let Err(error) = served.await {
                        tracing::debug!(%error, "connection ended");
                    }
                });
            }
            Some(_ended) = tasks.join_next() => {}
        }
    }
    drop(acceptor);
    drain(&state, connections).await;
    tasks.shutdown().await;
    state.pool().close().await;
}

async fn drain(state: &AppState, connections: GracefulShutdown) {
    let running = state.pool().status().busy;
    let open = connections.count();
    tracing::info!(running, open, "shutting down");
    state.admission().close();
    let mut closed = pin!(connections.shutdown());
    if tokio::time::timeout(state.config().drain_time, &mut closed).await.is_ok() {
        return;
    }
    tracing::warn!("cancelling the runs that did not finish in time");
    state.cancel_runs();
    if tokio::time::timeout(CANCEL_TIME, &mut closed).await.is_err() {
        tracing::warn!("closing the connections that did not take their answers in time");
    }
}

fn http(config: &ServerConfig) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(config.header_wait);
    http
}

fn service(app: &Router) -> TowerToHyperService<Router> {
    TowerToHyperService::new(app.clone())
}

/// Accepts connections, so many at a time.
struct Acceptor {
    listener: TcpListener,
    places: Arc<Semaphore>,
    write_wait: Duration,
}

impl Acceptor {
    fn new(listener: TcpListener, config: &ServerConfig) -> Self {
        let places = config.max_connections.clamp(1, Semaphore::MAX_PERMITS);
        Self { listener, places: Arc::new(Semaphore::new(places)), write_wait: config.write_wait }
    }

    /// The next connection, and from where it comes. Cancel safe.
    async fn accept(&mut self) -> (Connection, IpAddr) {
        let place = self.place().await;
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => return (self.connection(stream, place), address.ip()),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed")
    }

    fn connection(&self, stream: TcpStream, place: OwnedSemaphorePermit) -> Connection {
        // Events are small and go out one by one; waiting to fill a packet would hold them back.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot turn Nagle's algorithm off");
        }
        Connection::new(stream, self.write_wait, place)
    }
}
