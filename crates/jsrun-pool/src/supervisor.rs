//! Decides when workers and zygotes are made.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::backoff::Backoff;
use crate::census::Kind;
use crate::family::{Family, MAX_ORDERS, Order};
use crate::process::Process;
use crate::shared::{Shared, told_to_close};
use crate::zygote::Zygote;

#[cfg(test)]
mod tests;

/// Keeps a zygote and the ready workers, off the path of requests.
#[derive(Debug)]
pub(crate) struct Supervisor {
    shared: Arc<Shared>,
    closing: watch::Receiver<bool>,
    current: Option<Current>,
    /// A zygote that is being started, to be the first, to follow a dead one or to replace a worn one.
    starting: Option<JoinHandle<io::Result<Zygote>>>,
    backoff: Backoff,
    /// Not before this is another zygote started.
    start_after: Option<Instant>,
}

/// The zygote that workers are asked of.
#[derive(Debug)]
struct Current {
    zygote: Arc<Process>,
    born: Instant,
    forks: u64,
    /// Closing it retires the zygote: it ends with its last worker.
    orders: mpsc::Sender<Order>,
}

impl Supervisor {
    pub(crate) fn new(shared: Arc<Shared>, closing: watch::Receiver<bool>, first: Zygote) -> Self {
        let mut supervisor = Self {
            shared,
            closing,
            current: None,
            starting: None,
            backoff: Backoff::default(),
            start_after: None,
        };
        supervisor.adopt(first);
        supervisor
    }

    /// Lives until the pool closes.
    pub(crate) async fn live(mut self) {
        let census = Arc::clone(&self.shared.census);
        let mut closing = self.closing.clone();
        loop {
            self.start_when_needed();
            let pause = self.refill();
            let next = [pause, self.next_start()].into_iter().flatten().min();
            tokio::select! {
                () = told_to_close(&mut closing) => break,
                () = census.changed() => {}
                () = sleep_until(next) => {}
                () = lost(self.current.as_ref()) => self.lose_current(),
                started = join(&mut self.starting) => self.finish_start(started),
            }
        }
        if let Some(starting) = self.starting.take() {
            starting.abort();
            // The task's end drops the zygote, which kills it.
            let _ = starting.await;
        }
        self.shared.set_zygote(None);
    }

    /// Starts a zygote if there is none or if it is worn out.
    fn start_when_needed(&mut self) {
        if self.starting.is_none() && self.next_start().is_some_and(|then| then <= Instant::now()) {
            self.start_after = None;
            let config = self.shared.config.clone();
            self.starting = Some(tokio::spawn(async move { Zygote::start(&config).await }));
        }
    }

    fn finish_start(&mut self, started: io::Result<Zygote>) {
        self.starting = None;
        match started {
            Ok(zygote) => {
                let worn_out = self.current.take();
                self.adopt(zygote);
                if let Some(Current { zygote, .. }) = worn_out {
                    tracing::debug!(pid = zygote.pid(), "replaced the zygote");
                    // Its busy workers end in their own time; the ready ones would keep it for nothing.
                    self.shared.ready.discard(|worker| Arc::ptr_eq(&worker.zygote, &zygote));
                }
            }
            Err(error) => {
                let wait = self.backoff.failed();
                tracing::error!(%error, ?wait, "cannot start a zygote");
                self.shared.births.no_zygote(format!("cannot start a zygote: {error}"));
                self.start_after = Instant::now().checked_add(wait);
            }
        }
    }

    fn adopt(&mut self, zygote: Zygote) {
        let (orders, receiver) = mpsc::channel(MAX_ORDERS);
        self.shared.set_zygote(Some(zygote.process.pid()));
        self.shared.census.add_zygote();
        self.shared.sandbox.set(zygote.sandbox.clone());
        self.current =
            Some(Current { zygote: Arc::clone(&zygote.process), born: zygote.born, forks: 0, orders });
        let family = Family::new(zygote, Arc::clone(&self.shared));
        tokio::spawn(family.live(receiver, self.closing.clone()));
    }

    /// The zygote died. One that did so young is a failed start: it must not be started without end.
    fn lose_current(&mut self) {
        self.shared.set_zygote(None);
        let Some(current) = self.current.take() else { return };
        if current.born.elapsed() < YOUNG {
            self.start_after = Instant::now().checked_add(self.backoff.failed());
        } else {
            self.backoff.succeeded();
        }
    }

    /// Asks for workers up to the number to keep ready. When births fail, gives the time to try again.
    fn refill(&mut self) -> Option<Instant> {
        let Shared { config, census, ready, births, .. } = &*self.shared;
        if ready.is_closed() {
            return None;
        }
        let current = self.current.as_mut()?;
        while ready.len() + census.get(Kind::Unborn) < config.ready.max(1)
            && census.get(Kind::Alive) < config.max_workers.max(1)
        {
            if let Some(then) = births.pause() {
                return Some(then);
            }
            // Full: an answer to an order announces itself. Closed: the zygote is lost, which is seen elsewhere.
            let place = current.orders.try_reserve().ok()?;
            place.send(Order { alive: census.count(Kind::Alive), unborn: census.count(Kind::Unborn) });
            current.forks += 1;
        }
        None
    }

    /// When a zygote is to be started, if that is known: now when there is none or when it is worn out by forks, later
    /// when it will be by age or when starting failed.
    fn next_start(&self) -> Option<Instant> {
        // Retired, the pool ends with its zygote.
        if self.starting.is_some() || self.shared.ready.is_closed() {
            return None;
        }
        let config = &self.shared.config;
        let wanted = match &self.current {
            Some(current) if current.forks < config.zygote_forks => {
                current.born.checked_add(config.zygote_age)?
            }
            Some(_) | None => Instant::now(),
        };
        Some(self.start_after.map_or(wanted, |then| then.max(wanted)))
    }
}

/// A zygote that dies before this is not replaced at once.
const YOUNG: Duration = Duration::from_secs(1);

async fn sleep_until(then: Option<Instant>) {
    match then {
        Some(then) => tokio::time::sleep_until(then.into()).await,
        None => pending().await,
    }
}

async fn lost(current: Option<&Current>) {
    match current {
        Some(current) => current.orders.closed().await,
        None => pending().await,
    }
}

async fn join(starting: &mut Option<JoinHandle<io::Result<Zygote>>>) -> io::Result<Zygote> {
    match starting {
        Some(starting) => starting.await.map_err(io::Error::other)?,
        None => pending().await,
    }
}
