//! A worker's one run, or its one session.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread;

use jsrun::{Canceller, LocalRuntime};
use jsrun_proto::{FromWorker, ToWorker, exit_code};
use jsrun_remote::Link;
use jsrun_types::{ByteSize, LimitKind, Limits, Outcome, RunRequest, Status};

use crate::birth::Purpose;
use crate::connection::Connection;
use crate::ending::exit_now;
use crate::sandbox::{self, Sandbox};
use crate::usage;

/// Reads frames in a thread, so that a program that never yields can be stopped; runs the program on this one, where
/// the runtime was made.
pub(crate) fn serve(
    runtime: &mut LocalRuntime,
    connection: &Connection,
    sandbox: &Sandbox,
    purpose: Purpose,
) -> ! {
    let canceller = runtime.canceller();
    let (sender, requests) = mpsc::sync_channel(1);
    let reader = {
        let (connection, canceller) = (connection.clone(), canceller.clone());
        thread::Builder::new()
            .name("frames".to_owned())
            .stack_size(STACK)
            .spawn(move || read(&connection, &canceller, &sender))
    };
    if let Err(error) = reader {
        connection.fail(&format!("cannot start a thread: {error}"));
    }
    if let Err(error) = LocalRuntime::start_watchdog() {
        connection.fail(&format!("cannot start a thread: {error}"));
    }
    runtime.start_crypto_thread();
    // With all threads in place. None of them has had anything from outside: the pool speaks to a ready worker only.
    if let Err(error) = sandbox.seal() {
        connection.fail(&format!("cannot close the sandbox: {error}"));
    }
    match purpose {
        Purpose::Serve => send(connection, &FromWorker::Ready),
        Purpose::SelfTest => {
            if let Err(reason) = sandbox.prove_no_code() {
                connection.fail(reason);
            }
            sandbox::attempt_all(|attempt| send(connection, &FromWorker::Tested(attempt)));
            exit_now(exit_code::SERVED);
        }
    }
    let Ok(work) = requests.recv() else { exit_now(exit_code::DISCONNECTED) };
    let (limits, buffers) = match &work {
        Work::Run(request) => (&request.limits, None),
        Work::Session(_, limits, buffers) => (limits, *buffers),
    };
    if let Err(error) = sandbox.narrow(limits, buffers) {
        connection.fail(&format!("cannot lower the sandbox's limits: {error}"));
    }
    let request = match work {
        Work::Run(request) => request,
        Work::Session(link, ..) => match link.serve(runtime) {
            // Nobody closes the runtime but the end of the process.
            Ok(()) => exit_now(exit_code::SERVED),
            Err(error) => connection.fail(&format!("cannot serve a session: {error}")),
        },
    };
    let mut outcome = run(runtime, connection, canceller, &request);
    outcome.usage.peak_memory = usage::own_peak_memory();
    let usage = outcome.usage;
    if connection.send(&FromWorker::Outcome(outcome)).is_err() {
        send(connection, &FromWorker::Outcome(Outcome { status: Status::Limit(LimitKind::Output), usage }));
    }
    // The kernel keeps what was sent until the pool has read it.
    exit_now(exit_code::SERVED)
}

/// Of the thread that reads frames: values of any allowed depth are decoded there.
const STACK: usize = 4 << 20;

/// What a worker is for, which the pool says once.
enum Work {
    Run(RunRequest),
    /// With the session's limits, and that of array buffers.
    Session(Arc<Link>, Limits, Option<ByteSize>),
}

/// Takes what the worker is for, and stops the program when asked. Ends the process with the connection, so that no worker
/// outlives its pool.
fn read(connection: &Connection, canceller: &Canceller, works: &mpsc::SyncSender<Work>) -> ! {
    let mut asked = false;
    let mut begin = |work| {
        if std::mem::replace(&mut asked, true) || works.send(work).is_err() {
            exit_now(exit_code::DISCONNECTED);
        }
    };
    let (link, decoder) = connection.receive(|message| {
        match message {
            ToWorker::Run(request) => begin(Work::Run(request)),
            ToWorker::Cancel => canceller.cancel(),
            ToWorker::Open(settings) => {
                let (limits, buffers) = (settings.limits, settings.buffers);
                let link = Link::new(connection.hand_over(), settings);
                begin(Work::Session(Arc::clone(&link), limits, buffers));
                return ControlFlow::Break(link);
            }
        }
        ControlFlow::Continue(())
    });
    link.listen(decoder);
    exit_now(exit_code::DISCONNECTED)
}

fn run(
    runtime: &mut LocalRuntime,
    connection: &Connection,
    canceller: Canceller,
    request: &RunRequest,
) -> Outcome {
    let overflowed = Rc::new(Cell::new(false));
    let result = {
        let (connection, overflowed) = (connection.clone(), Rc::clone(&overflowed));
        runtime.run(request, move |event| {
            // One event that fits into no frame is too much output, whatever the limit says.
            if !overflowed.get() && connection.send(&FromWorker::Event(event)).is_err() {
                overflowed.set(true);
                canceller.cancel();
            }
        })
    };
    match result {
        Ok(outcome) if overflowed.get() => Outcome { status: Status::Limit(LimitKind::Output), ..outcome },
        Ok(outcome) => outcome,
        Err(error) => connection.fail(&format!("cannot run: {error}")),
    }
}

/// Sends a message that always fits.
fn send(connection: &Connection, message: &FromWorker) {
    if let Err(error) = connection.send(message) {
        connection.fail(&format!("cannot say so: {error}"));
    }
}
