//! What JavaScript waits for from the host.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::failure::HostFailure;
use crate::message::{Answer, Ask, FromRuntime, Settled};

use super::link::Link;

/// The asks that the host has not settled, by number.
#[derive(Debug, Default)]
pub(super) struct Asks {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Waiter>>,
}

/// Who waits.
#[derive(Debug)]
enum Waiter {
    /// The runtime's thread, for the first answer.
    Thread(oneshot::Sender<First>),
    /// A promise.
    Promise(oneshot::Sender<Settled>),
}

/// The first answer to an ask.
#[derive(Debug)]
pub(super) enum First {
    Now(Settled),
    Later(Later),
}

/// The host has said something that it cannot say at this point.
#[derive(Debug)]
pub(super) struct OutOfTurn;

impl Asks {
    /// The host's first answer.
    pub(super) fn answer(&self, link: &Arc<Link>, ask: u64, answer: Answer) -> Result<(), OutOfTurn> {
        let Some(Waiter::Thread(sender)) = self.lock().remove(&ask) else { return Err(OutOfTurn) };
        let first = match answer {
            Answer::Now(settled) => First::Now(settled),
            Answer::Later => First::Later(self.wait_for(link, ask)),
        };
        // The thread waits for nothing else.
        sender.send(first).map_err(|_| OutOfTurn)
    }

    /// The host's result for a promise, which may have been given up.
    pub(super) fn settle(&self, ask: u64, settled: Settled) {
        if let Some(Waiter::Promise(sender)) = self.lock().remove(&ask) {
            // Given up a moment ago.
            let _ = sender.send(settled);
        }
    }

    /// The host is gone: nobody waits for it any more.
    pub(super) fn end(&self) {
        let open = std::mem::take(&mut *self.lock());
        drop(open);
    }

    fn wait_for(&self, link: &Arc<Link>, ask: u64) -> Later {
        let (sender, receiver) = oneshot::async_channel();
        self.lock().insert(ask, Waiter::Promise(sender));
        Later { link: Arc::clone(link), ask, receiver, over: false }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Waiter>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// Asks the host and waits, on the runtime's thread, for its first answer.
    pub(super) fn ask(self: &Arc<Self>, target: u64, what: Ask) -> First {
        let asks = &self.asks;
        let ask = asks.next.fetch_add(1, Ordering::Relaxed);
        let (sender, first) = oneshot::channel();
        asks.lock().insert(ask, Waiter::Thread(sender));
        if let Err(error) = self.try_send(&FromRuntime::Ask { ask, target, what }) {
            asks.lock().remove(&ask);
            return First::Now(Err(HostFailure::new("ConversionError", error.to_string())));
        }
        let gone = |_| First::Now(Err(HostFailure::new("Error", "the host is gone")));
        first.recv().unwrap_or_else(gone)
    }

    /// Asks the host for what it is sure to settle later.
    pub(super) fn ask_for_later(self: &Arc<Self>, target: u64, what: Ask) -> Later {
        let ask = self.asks.next.fetch_add(1, Ordering::Relaxed);
        let later = self.asks.wait_for(self, ask);
        if let Err(error) = self.try_send(&FromRuntime::Ask { ask, target, what }) {
            self.asks.settle(ask, Err(HostFailure::new("ConversionError", error.to_string())));
        }
        later
    }
}

/// What the host will settle. Dropping it gives it up, and tells the host.
#[derive(Debug)]
pub(super) struct Later {
    link: Arc<Link>,
    ask: u64,
    receiver: oneshot::AsyncReceiver<Settled>,
    over: bool,
}

impl Future for Later {
    type Output = Settled;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Settled> {
        let polled = Pin::new(&mut self.receiver).poll(context);
        self.over = polled.is_ready();
        polled.map(|settled| settled.unwrap_or_else(|_| Err(HostFailure::new("Error", "the host is gone"))))
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        if !self.over && self.link.asks.lock().remove(&self.ask).is_some() {
            self.link.send(&FromRuntime::GiveUp { ask: self.ask });
        }
    }
}
