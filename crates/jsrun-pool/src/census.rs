//! How many workers there are, by guards that cannot be forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts of workers. All orderings are sequentially consistent: these are counted a few times per worker.
#[derive(Debug, Default)]
pub(crate) struct Census {
    alive: AtomicUsize,
    unborn: AtomicUsize,
    busy: AtomicUsize,
    spawned: AtomicU64,
    crashed: AtomicU64,
    zygotes: AtomicU64,
    changed: Notify,
}

/// What a [`Counted`] counts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A worker's process exists or was asked for.
    Alive,
    /// A worker was asked for and is not ready.
    Unborn,
    /// A worker is checked out.
    Busy,
}

/// One worker counts as something until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    census: Arc<Census>,
    kind: Kind,
}

impl Census {
    /// Counts one more until the guard is dropped.
    pub(crate) fn count(self: &Arc<Self>, kind: Kind) -> Counted {
        self.counter(kind).fetch_add(1, Ordering::SeqCst);
        Counted { census: Arc::clone(self), kind }
    }

    pub(crate) fn get(&self, kind: Kind) -> usize {
        self.counter(kind).load(Ordering::SeqCst)
    }

    pub(crate) fn add_spawned(&self) {
        self.spawned.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn spawned(&self) -> u64 {
        self.spawned.load(Ordering::SeqCst)
    }

    pub(crate) fn add_crashed(&self) {
        self.crashed.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn crashed(&self) -> u64 {
        self.crashed.load(Ordering::SeqCst)
    }

    pub(crate) fn add_zygote(&self) {
        self.zygotes.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn zygotes(&self) -> u64 {
        self.zygotes.load(Ordering::SeqCst)
    }

    /// Something changed after which more workers may be wanted or allowed.
    pub(crate) fn announce(&self) {
        self.changed.notify_one();
    }

    /// Waits for an announcement, or returns at once if there was one since the last call. For one caller: the
    /// supervisor.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn counter(&self, kind: Kind) -> &AtomicUsize {
        match kind {
            Kind::Alive => &self.alive,
            Kind::Unborn => &self.unborn,
            Kind::Busy => &self.busy,
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.census.counter(self.kind).fetch_sub(1, Ordering::SeqCst);
        self.census.announce();
    }
}
