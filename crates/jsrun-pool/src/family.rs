//! A zygote and its workers: who was asked for, who lives, how each died.

use std::collections::{HashMap, VecDeque};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use jsrun_proto::{Decoder, ExitStatus, FromZygote, ToZygote, exit_code};
use rustix::process::Signal;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot, watch};

use crate::census::Counted;
use crate::process::Process;
use crate::shared::{Shared, told_to_close};
use crate::worker::{Exit, Worker};
use crate::zygote::{Packet, Zygote};

/// How many workers are asked for before the first of them is there. Few, so that neither end of the control socket
/// can block on a full buffer while the other does, too.
pub(crate) const MAX_ORDERS: usize = 16;

/// How long a worker may take from its fork until it is ready: a millisecond, but longer on a machine that swaps.
const BIRTH_TIMEOUT: Duration = Duration::from_secs(10);

/// How long killed workers may take to be gone.
const END_TIMEOUT: Duration = Duration::from_secs(2);

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
    /// By process id. The zygote tells of a death when it has reaped the process and before it can make another of
    /// the same id, so that an id here means one worker.
    members: HashMap<u32, Member>,
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
        Self { zygote, shared, orders: VecDeque::new(), members: HashMap::new() }
    }

    /// Lives until the pool closes, the zygote dies, or there are no more orders to come and no more workers.
    pub(crate) async fn live(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut closing: watch::Receiver<bool>,
    ) {
        let mut retired = false;
        while !(retired && self.orders.is_empty() && self.members.is_empty()) {
            let result = tokio::select! {
                () = told_to_close(&mut closing) => break,
                order = orders.recv(), if !retired => {
                    if let Some(order) = order {
                        self.ask(order).await
                    } else {
                        retired = true;
                        Ok(true)
                    }
                }
                packet = self.zygote.receive() => match packet {
                    Ok(Some(packet)) => self.handle(packet),
                    Ok(None) => Ok(false),
                    Err(error) => Err(error),
                },
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

    async fn ask(&mut self, order: Order) -> std::io::Result<bool> {
        self.zygote.send(ToZygote::Spawn).await?;
        self.orders.push_back(order);
        Ok(true)
    }

    /// Takes note of what the zygote says; false when it makes no sense.
    fn handle(&mut self, Packet { message, descriptors }: Packet) -> std::io::Result<bool> {
        match message {
            FromZygote::Spawned { pid } => {
                let Some(order) = self.orders.pop_front() else {
                    return Err(nonsense("a worker that nobody asked for"));
                };
                let [socket, pidfd] = <[OwnedFd; 2]>::try_from(descriptors)
                    .map_err(|_| nonsense("a worker without its descriptors"))?;
                self.welcome(pid, socket, pidfd, order)?;
            }
            FromZygote::SpawnFailed { errno } => {
                let error = std::io::Error::from_raw_os_error(errno);
                tracing::error!(%error, "cannot fork a worker");
                self.shared.births.failed();
                self.orders.pop_front();
            }
            FromZygote::Exited { pid, status, cpu } => {
                let Some(member) = self.members.remove(&pid) else {
                    return Err(nonsense("the death of an unknown worker"));
                };
                self.bury(member, Exit { status, cpu });
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
            process: Arc::clone(&process),
            zygote: Arc::clone(&self.zygote.process),
            socket: UnixStream::from_std(socket)?,
            decoder: Decoder::new(),
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
        let Self { zygote, shared, orders, members, .. } = self;
        shared.ready.discard(|worker| Arc::ptr_eq(&worker.zygote, &zygote.process));
        drop(orders);
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
    match tokio::time::timeout(BIRTH_TIMEOUT, worker.say_ready()).await {
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
            shared.births.failed();
        }
        Err(_) => {
            tracing::error!(pid, "a worker did not become ready in time");
            shared.births.failed();
        }
    }
    // Last: it lets the supervisor look at all of the above.
    drop(unborn);
}

fn nonsense(what: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}
