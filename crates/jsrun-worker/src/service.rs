//! A worker's one run.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use jsrun::{Canceller, LocalRuntime};
use jsrun_proto::{FromWorker, ToWorker, exit_code};
use jsrun_types::{LimitKind, Outcome, RunRequest, Status};

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
        thread::Builder::new().name("frames".to_owned()).spawn(move || read(&connection, &canceller, &sender))
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
    let Ok(request) = requests.recv() else { exit_now(exit_code::DISCONNECTED) };
    if let Err(error) = sandbox.narrow(&request.limits) {
        connection.fail(&format!("cannot lower the sandbox's limits: {error}"));
    }
    let mut outcome = run(runtime, connection, canceller, &request);
    outcome.usage.peak_memory = usage::own_peak_memory();
    let usage = outcome.usage;
    if connection.send(&FromWorker::Outcome(outcome)).is_err() {
        send(connection, &FromWorker::Outcome(Outcome { status: Status::Limit(LimitKind::Output), usage }));
    }
    // The kernel keeps what was sent until the pool has read it.
    exit_now(exit_code::SERVED)
}

/// Takes the one request, and stops the program when asked. Ends the process with the connection, so that no worker
/// outlives its pool.
fn read(connection: &Connection, canceller: &Canceller, requests: &mpsc::SyncSender<RunRequest>) -> ! {
    let mut asked = false;
    connection.receive_all(|message| match message {
        ToWorker::Run(request) if !asked => {
            asked = true;
            if requests.send(request).is_err() {
                exit_now(exit_code::DISCONNECTED);
            }
        }
        ToWorker::Cancel => canceller.cancel(),
        ToWorker::Run(_) => exit_now(exit_code::DISCONNECTED),
    })
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
