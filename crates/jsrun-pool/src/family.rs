//! A zygote and its workers: who was asked for, who lives, how each died.

use std::collections::{HashMap, VecDeque};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jsrun_proto::{Decoder, ExitStatus, FromZygote, ToZygote, exit_code};
use rustix::process::Signal;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

use crate::census::Counted;
use crate::process::Process;
use crate::shared::{Shared, told_to_close};
use crate::worker::{Exit, KilledOnDrop, Worker};
use crate::zygote::{Packet, Zygote};

#[cfg(test)]
mod tests;

/// How many workers are asked for before the first of them is there, and how many more wait to be asked for. Few, so
/// that the zygote's queue is never full of what it has not read.
pub(crate) const MAX_ORDERS: usize = 16;

/// How long killed workers may take to be gone, which they need a processor for.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// A worker that is asked for, counted as such.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) alive: Counted,
    pub(crate) unborn: Counted,
}

/// Follows one zygote to its end.
#[derive(Debug)]
pub(crate) struct Family {
    zygote: Zygote,
    shared: Arc<Shared>,
    /// Asked for and not answered, in order.
    orders: VecDeque<Order>,
    /// Taken on and not sent yet.
    asking: Option<Order>,
    /// By process id. The zygote tells of a death when it has reaped the process and before it can make another of
    /// the same id, so that an id here means one worker.
    members: HashMap<u32, Member>,
    /// Workers that came without their descriptors, also by process id. They end by themselves, as their sockets have.
    strays: HashMap<u32, Counted>,
    /// Since when the zygote has owed an answer and said nothing at all.
    owes_since: Option<Instant>,
}

#[derive(Debug)]
struct Member {
    process: Arc<Process>,
    exit: oneshot::Sender<Exit>,
    /// The process counts until it is known to be gone.
    alive: Counted,
}

impl Family {
    pub(crate) fn new(zygote: Zygote, shared: Arc<Shared>) -> Self {
        Self {
            zygote,
            shared,
            orders: VecDeque::new(),
            asking: None,
            members: HashMap::new(),
            strays: HashMap::new(),
            owes_since: None,
        }
    }

    /// Lives until the pool closes, the zygote dies or hangs, or there are no more orders to come and no more workers.
    /// Each branch is cancel safe, and none waits for the zygote alone: while it is told something, it is heard.
    pub(crate) async fn live(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut closing: watch::Receiver<bool>,
    ) {
        let patience = self.shared.config.birth_timeout;
        let mut watch = tokio::time::interval((patience / 2).max(Duration::from_millis(1)));
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut retired = false;
        while !(retired && self.is_idle()) {
            let result = tokio::select! {
                () = told_to_close(&mut closing) => break,
                order = orders.recv(), if !retired && self.asking.is_none() && self.orders.len() < MAX_ORDERS => {
                    retired = order.is_none();
                    self.asking = order;
                    Ok(true)
                }
                sent = self.zygote.send(ToZygote::Spawn), if self.asking.is_some() => {
                    self.orders.extend(self.asking.take());
                    sent.map(|()| true)
                }
                packet = self.zygote.receive() => match packet {
                    Ok(Some(packet)) => self.handle(packet),
                    Ok(None) => Ok(false),
                    Err(error) => Err(error),
                },
                _ = watch.tick() => {
                    if self.is_stuck(patience) {
                        tracing::error!(pid = self.zygote.process.pid(), "the zygote hangs");
                        // It would not end by itself.
                        self.zygote.process.kill();
                        break;
                    }
                    Ok(true)
                }
            };
            match result {
                Ok(true) => {}
                Ok(false) => {
                    tracing::error!(pid = self.zygote.process.pid(), "the zygote died");
                    break;
                }
                Err(error) => {
                    tracing::error!(pid = self.zygote.process.pid(), %error, "lost the zygote");
                    break;
                }
            }
        }
        drop(orders);
        self.end().await;
    }

    fn is_idle(&self) -> bool {
        self.asking.is_none() && self.orders.is_empty() && self.members.is_empty() && self.strays.is_empty()
    }

    /// Whether the zygote has been silent for so long although it owes a worker or the news of a death.
    fn is_stuck(&mut self, patience: Duration) -> bool {
        let owes = self.asking.is_some()
            || !self.orders.is_empty()
            || self.members.values().any(|member| !member.process.is_alive());
        if !owes {
            self.owes_since = None;
            return false;
        }
        self.owes_since.get_or_insert_with(Instant::now).elapsed() >= patience
    }

    /// Takes note of what the zygote says; false when it makes no sense.
    fn handle(&mut self, Packet { message, descriptors }: Packet) -> std::io::Result<bool> {
        self.owes_since = None;
        match message {
            FromZygote::Spawned { pid } => {
                let Some(order) = self.orders.pop_front() else {
                    return Err(nonsense("a worker that nobody asked for"));
                };
                match <[OwnedFd; 2]>::try_from(descriptors) {
                    Ok([socket, pidfd]) => self.welcome(pid, socket, pidfd, order)?,
                    Err(_) => {
                        tracing::error!(pid, "a worker came without its descriptors; too many are open");
                        self.shared.births.failed("too many files are open");
                        self.strays.insert(pid, order.alive);
                    }
                }
            }
            FromZygote::SpawnFailed { errno } => {
                let error = std::io::Error::from_raw_os_error(errno);
                tracing::error!(%error, "cannot fork a worker");
                self.shared.births.failed(format!("cannot fork: {error}"));
                self.orders.pop_front();
            }
            FromZygote::Exited { pid, status, cpu, memory } => {
                if let Some(member) = self.members.remove(&pid) {
                    self.bury(member, Exit { status, cpu, memory });
                } else if self.strays.remove(&pid).is_none() {
                    return Err(nonsense("the death of an unknown worker"));
                }
            }
            FromZygote::Hello { .. } => return Err(nonsense("a second hello")),
        }
        Ok(true)
    }

    /// Enters a new worker and waits, aside, until it is ready.
    fn welcome(&mut self, pid: u32, socket: OwnedFd, pidfd: OwnedFd, order: Order) -> std::io::Result<()> {
        let socket = std::os::unix::net::UnixStream::from(socket);
        socket.set_nonblocking(true)?;
        let process = Arc::new(Process::new(pid, pidfd));
        let (exit_sender, exit) = oneshot::channel();
        let worker = Worker {
            process: KilledOnDrop(Arc::clone(&process)),
            zygote: Arc::clone(&self.zygote.process),
            socket: UnixStream::from_std(socket)?,
            decoder: Decoder::new(),
            program: self.zygote.program,
            exit,
        };
        let Order { alive, unborn } = order;
        self.members.insert(pid, Member { process, exit: exit_sender, alive });
        self.shared.census.add_spawned();
        tokio::spawn(bear(worker, unborn, Arc::clone(&self.shared)));
        Ok(())
    }

    /// Takes note of a worker's death.
    fn bury(&self, member: Member, exit: Exit) {
        let Member { process, exit: sender, alive: _alive } = member;
        let pid = process.pid();
        match exit.status {
            ExitStatus::Signal(signal) if signal == Signal::KILL.as_raw() && process.was_killed() => {}
            ExitStatus::Signal(signal) => {
                tracing::warn!(pid, signal, "a worker crashed");
                self.shared.census.add_crashed();
            }
            ExitStatus::Code(exit_code::SERVED | exit_code::OUT_OF_MEMORY | exit_code::DISCONNECTED) => {}
            ExitStatus::Code(code) => tracing::error!(pid, code, "a worker failed"),
        }
        // Nobody may be interested any more.
        let _ = sender.send(exit);
        self.shared.ready.discard(|worker| Arc::ptr_eq(&worker.process, &process));
    }

    /// Makes sure that nobody of the family is left.
    async fn end(self) {
        let Self { zygote, shared, orders, asking, members, .. } = self;
        shared.ready.discard(|worker| Arc::ptr_eq(&worker.zygote, &zygote.process));
        drop((orders, asking));
        let mut dying = Vec::new();
        for (_, Member { process, exit, alive }) in members {
            process.kill();
            // From now on nobody learns how the worker died: whoever waits for it need not wait.
            drop(exit);
            dying.push((process, alive));
        }
        zygote.end().await;
        let gone = async {
            for (process, _) in &dying {
                if let Err(error) = process.ended().await {
                    tracing::error!(pid = process.pid(), %error, "cannot wait for a worker");
                }
            }
        };
        if tokio::time::timeout(END_TIMEOUT, gone).await.is_err() {
            tracing::error!("killed workers are still there");
        }
    }
}

/// Waits until the worker is ready, and queues it.
async fn bear(mut worker: Worker, unborn: Counted, shared: Arc<Shared>) {
    let zygote = Arc::clone(&worker.zygote);
    let pid = worker.process.pid();
    match tokio::time::timeout(shared.config.birth_timeout, worker.say_ready()).await {
        Ok(Ok(())) => {
            shared.births.succeeded();
            shared.ready.push(worker);
            if !shared.is_current(&zygote) {
                // The zygote was replaced meanwhile and waits for its last worker.
                shared.ready.discard(|worker| Arc::ptr_eq(&worker.zygote, &zygote));
            }
        }
        // That death is told elsewhere.
        _ if shared.is_closing() || !zygote.is_alive() => {}
        Ok(Err(error)) => {
            tracing::error!(pid, %error, "a worker did not become ready");
            shared.births.failed(error.to_string());
        }
        Err(_) => {
            tracing::error!(pid, "a worker did not become ready in time");
            shared.births.failed("it was not ready in time");
        }
    }
    // Last: it lets the supervisor look at all of the above.
    drop(unborn);
}

fn nonsense(what: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}
