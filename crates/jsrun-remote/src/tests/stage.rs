//! A host and a worker in one process: the worker's threads are threads of the test.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use jsrun::{LimitKind, Limits, LocalRuntime};
use jsrun_proto::{Decoder, SessionSettings, ToWorker};
use rustix::net::{AddressFamily, Shutdown, SocketFlags, SocketType};

use crate::{Leash, Link, Remote, RemoteOptions};

/// Kills a process that is a thread of the test: its socket ends.
pub(super) struct Rope {
    socket: OwnedFd,
    killed: Arc<AtomicBool>,
}

impl Rope {
    /// And tells when it was pulled.
    pub(super) fn new(socket: &OwnedFd) -> (Self, Arc<AtomicBool>) {
        let killed = Arc::new(AtomicBool::new(false));
        (Self { socket: socket.try_clone().expect("a descriptor"), killed: Arc::clone(&killed) }, killed)
    }
}

impl Leash for Rope {
    fn kill(&self) {
        self.killed.store(true, Ordering::SeqCst);
        // It may have ended.
        let _ = rustix::net::shutdown(&self.socket, Shutdown::Both);
    }

    fn look(&self) -> Option<LimitKind> {
        None
    }

    fn death(&self) -> String {
        "it was a test".to_owned()
    }
}

impl Drop for Rope {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(super) fn pair() -> (OwnedFd, OwnedFd) {
    rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .expect("a socket pair")
}

pub(super) fn open(socket: OwnedFd, options: RemoteOptions) -> (Remote, Arc<AtomicBool>) {
    let (rope, killed) = Rope::new(&socket);
    (Remote::open(socket, Box::new(rope), options).expect("a session"), killed)
}

/// As by default, but for times that no test comes to, however busy its machine is.
pub(super) fn unhurried() -> RemoteOptions {
    let time = Duration::from_mins(5);
    let limits = Limits { wall: time, cpu: time, ..Limits::default() };
    RemoteOptions { limits, grace: time, ..RemoteOptions::default() }
}

/// A runtime on threads of the test.
pub(super) fn remote(options: RemoteOptions) -> Remote {
    let (ours, theirs) = pair();
    let (remote, _) = open(ours, options);
    thread::spawn(move || serve(theirs));
    remote
}

fn serve(socket: OwnedFd) {
    let socket = Arc::new(socket);
    let (settings, decoder) = read_settings(&socket);
    let link = Link::new(Arc::clone(&socket), settings);
    let (ready, listening) = mpsc::channel::<()>();
    let listener = {
        let link = Arc::clone(&link);
        thread::spawn(move || {
            let _ = listening.recv();
            link.listen(decoder);
        })
    };
    let mut runtime = LocalRuntime::new().expect("a runtime");
    drop(ready);
    link.serve(&mut runtime).expect("settings that a runtime can have");
    drop(runtime);
    let _ = rustix::net::shutdown(&*socket, Shutdown::Both);
    listener.join().expect("no panic");
}

/// What the host says first.
pub(super) fn read_settings(socket: &OwnedFd) -> (SessionSettings, Decoder<ToWorker>) {
    let mut decoder = Decoder::<ToWorker>::new();
    let mut bytes = [0; 4096];
    loop {
        if let Some(message) = decoder.next_message().expect("a frame") {
            let ToWorker::Open(settings) = message else { panic!("not the settings: {message:?}") };
            return (settings, decoder);
        }
        let count = rustix::io::read(socket, &mut bytes).expect("the host lives");
        assert!(count > 0, "the host has ended");
        decoder.feed(&bytes[..count]);
    }
}

/// Waits for a call, as a host without an event loop does.
pub(super) fn call(remote: &Remote, code: &str) -> Result<jsrun::Value, jsrun::Error> {
    call_of(remote, jsrun::Call::eval(code))
}

pub(super) fn call_of(remote: &Remote, call: jsrun::Call) -> Result<jsrun::Value, jsrun::Error> {
    let (sender, answer) = mpsc::channel();
    remote.begin_call(call, move |result| sender.send(result).expect("the test waits"));
    answer.recv().expect("an answer, whatever happens")
}
