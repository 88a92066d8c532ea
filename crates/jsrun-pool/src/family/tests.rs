//! A family whose zygote is the test, which does not listen as a zygote does.

use std::process::Stdio;

use jsrun_proto::encode;
use jsrun_types::ByteSize;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair, sockopt,
};
use tokio::process::Command;
use tokio::task::{JoinHandle, spawn_blocking};

use super::*;
use crate::PoolConfig;
use crate::census::Kind;

/// A family whose zygote is the test.
struct Stage {
    /// The zygote's end of the control socket.
    control: OwnedFd,
    orders: mpsc::Sender<Order>,
    closing: watch::Sender<bool>,
    shared: Arc<Shared>,
    life: JoinHandle<()>,
}

impl Stage {
    fn new(birth_timeout: Duration) -> Self {
        let (ours, control) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .expect("a socket pair");
        // As small as the kernel allows: a few messages fill it.
        sockopt::set_socket_send_buffer_size(&ours, 0).expect("a size");
        // Ends with its input, as a zygote does.
        let child =
            Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat starts");
        let zygote = Zygote::of(child, ours).expect("a tokio runtime");
        let shared = Arc::new(Shared::new(PoolConfig { birth_timeout, ..PoolConfig::new("unused") }));
        let (orders, receiver) = mpsc::channel(MAX_ORDERS);
        let (closing, closing_receiver) = watch::channel(false);
        let life = tokio::spawn(Family::new(zygote, Arc::clone(&shared)).live(receiver, closing_receiver));
        Self { control, orders, closing, shared, life }
    }

    fn order(&self) -> Order {
        let census = &self.shared.census;
        Order { alive: census.count(Kind::Alive), unborn: census.count(Kind::Unborn) }
    }

    /// Takes more orders than are sent and wait together, until as many as possible are on their way.
    async fn order_all(&self) {
        for _ in 0..=MAX_ORDERS {
            self.orders.send(self.order()).await.expect("the family takes orders");
        }
    }

    /// Waits until the family has asked for a worker.
    async fn asked(&self) {
        let control = self.control.try_clone().expect("a copy");
        let asked = spawn_blocking(move || recv(&control, &mut [0; 64], RecvFlags::empty()));
        assert!(asked.await.expect("no panic").expect("the pool is there").0 > 0);
    }

    async fn close(self) {
        self.closing.send_replace(true);
        self.life.await.expect("the family ends");
        drop(self.control);
        assert_eq!(self.shared.census.get(Kind::Alive), 0);
        assert_eq!(self.shared.census.get(Kind::Unborn), 0);
    }
}

/// A timeout that no test lives to see.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_zygote_that_reads_nothing_does_not_keep_the_pool_from_closing() {
    let stage = Stage::new(NEVER);
    stage.order_all().await;
    stage.close().await;
}

#[tokio::test]
async fn a_zygote_that_reads_nothing_is_heard() {
    let stage = Stage::new(NEVER);
    stage.order_all().await;
    let control = stage.control.try_clone().expect("a copy");
    let told = spawn_blocking(move || {
        let frame = encode(&FromZygote::SpawnFailed { errno: 11 }).expect("fits");
        // Far more than its own buffer has room for. Blocks for good if nobody reads.
        for _ in 0..2000 {
            send(&control, &frame, SendFlags::empty()).expect("the pool is there");
        }
    });
    told.await.expect("no panic");
    let asked = rustix::io::ioctl_fionread(&stage.control).expect("a socket");
    let frame = encode(&ToZygote::Spawn).expect("fits");
    assert!(asked < (frame.len() * MAX_ORDERS) as u64, "the buffer was full");
    stage.close().await;
}

#[tokio::test]
async fn no_more_is_asked_than_is_answered() {
    let stage = Stage::new(NEVER);
    let mut asked = 0;
    let orders = stage.orders.clone();
    let census = Arc::clone(&stage.shared.census);
    let ordering = tokio::spawn(async move {
        for _ in 0..10 * MAX_ORDERS {
            let order = Order { alive: census.count(Kind::Alive), unborn: census.count(Kind::Unborn) };
            orders.send(order).await.expect("the family takes orders");
        }
    });
    let control = Arc::new(stage.control.try_clone().expect("a copy"));
    let failed = encode(&FromZygote::SpawnFailed { errno: 11 }).expect("fits");
    while asked < 10 * MAX_ORDERS {
        let control = Arc::clone(&control);
        let failed = failed.clone();
        asked += spawn_blocking(move || {
            let mut bytes = [0; 64];
            let (count, _) = recv(&*control, &mut bytes, RecvFlags::empty()).expect("the pool is there");
            assert!(count > 0, "the pool is there");
            let mut read = 1;
            while recv(&*control, &mut bytes, RecvFlags::DONTWAIT).is_ok() {
                read += 1;
            }
            assert!(read <= MAX_ORDERS, "{read} unanswered");
            for _ in 0..read {
                send(&*control, &failed, SendFlags::empty()).expect("the pool is there");
            }
            read
        })
        .await
        .expect("no panic");
    }
    ordering.await.expect("no panic");
    stage.close().await;
}

#[tokio::test]
async fn a_zygote_that_owes_an_answer_too_long_is_given_up() {
    let stage = Stage::new(Duration::from_millis(50));
    stage.orders.send(stage.order()).await.expect("the family takes orders");
    stage.orders.closed().await;
    stage.life.await.expect("the family ends");
}

#[tokio::test]
async fn a_worker_without_its_descriptors_is_a_failed_birth() {
    let stage = Stage::new(NEVER);
    stage.orders.send(stage.order()).await.expect("the family takes orders");
    // A worker that nobody has asked for would be the zygote's end.
    stage.asked().await;
    let say = |message: &FromZygote| {
        send(&stage.control, &encode(message).expect("fits"), SendFlags::empty()).expect("the pool is there");
    };
    say(&FromZygote::Spawned { pid: 1 });
    while stage.shared.births.failed_total() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.shared.census.get(Kind::Alive), 1, "it lives until its death is told");
    say(&FromZygote::Exited {
        pid: 1,
        status: ExitStatus::Code(exit_code::DISCONNECTED),
        cpu: Duration::ZERO,
        memory: ByteSize::default(),
    });
    while stage.shared.census.get(Kind::Alive) > 0 {
        stage.shared.census.changed().await;
    }
    // The zygote is not lost.
    stage.orders.send(stage.order()).await.expect("the family takes orders");
    stage.close().await;
}
