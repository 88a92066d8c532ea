//! Frames on one side, the engine's handle on the other.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jsrun::{
    Binding, Call, CallCanceller, ConversionError, ConversionLimits, Error, Event, Handle, HandleSource,
    Later, LocalRuntime, Value, receiving, sending,
};
use jsrun_proto::{Decoder, FrameError, SessionSettings, ToWorker, encode_within};
use rustix::net::SendFlags;

use crate::failure::Failure;
use crate::message::{Caps, Command, Form, FromRuntime, Member, Outcome, ToRuntime, too_large};

use super::asks::{Asks, OutOfTurn};
use super::exported::Exported;
use super::stand_ins::{Function, StandIn, Stream, payload_number};

/// The worker's end of a conversation with a host.
///
/// [`Link::serve`] is for the thread that has the runtime, [`Link::listen`] for another one: what cancels a program must be
/// heard while it runs.
#[derive(Debug)]
pub struct Link {
    socket: Arc<OwnedFd>,
    /// Held while a frame is written.
    writing: Mutex<()>,
    settings: SessionSettings,
    caps: Caps,
    handle: OnceLock<Handle>,
    /// What stops the calls that are not over.
    calls: Mutex<HashMap<u64, CallCanceller>>,
    pub(super) asks: Asks,
    exported: Arc<Exported>,
}

/// Why there is nothing more to listen to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The host is gone.
    #[error("the host is gone")]
    Gone,
    /// The connection failed.
    #[error("the connection failed")]
    Connection(#[from] io::Error),
    /// The host sent an undecodable frame.
    #[error("the host sent an undecodable frame")]
    Frame(#[from] FrameError),
    /// The host sent something that it cannot say at this point.
    #[error("the host sent something out of turn")]
    OutOfTurn,
}

impl From<OutOfTurn> for ListenError {
    fn from(_: OutOfTurn) -> Self {
        Self::OutOfTurn
    }
}

impl Link {
    /// An end that talks over this socket, which others must not write to any more.
    pub fn new(socket: Arc<OwnedFd>, settings: SessionSettings) -> Arc<Self> {
        Arc::new(Self {
            socket,
            writing: Mutex::default(),
            caps: Caps::of_worker(&settings.conversion),
            settings,
            handle: OnceLock::new(),
            calls: Mutex::default(),
            asks: Asks::default(),
            exported: Arc::default(),
        })
    }

    /// Serves the host's calls on the runtime's thread, for as long as nobody closes the runtime.
    ///
    /// # Errors
    /// When the runtime cannot be made what the settings say.
    pub fn serve(self: &Arc<Self>, runtime: &mut LocalRuntime) -> Result<(), Error> {
        let SessionSettings { limits, buffers, conversion, console, functions } = &self.settings;
        runtime.set_limits(*limits);
        if let Some(limit) = buffers {
            runtime.set_buffer_limit(*limit);
        }
        runtime.set_conversion(ConversionLimits {
            depth: conversion.depth.min(crate::message::DEEPEST),
            ..*conversion
        });
        if *console {
            let link = Arc::clone(self);
            runtime.set_console_listener(move |Event::Console(event)| link.tell(event));
        }
        for (name, number) in functions {
            runtime.bind_function(name, Arc::new(self.function(*number)))?;
        }
        runtime.serve(|handle| {
            // Nobody else sets it.
            let _ = self.handle.set(handle);
        });
        Ok(())
    }

    /// Does what the host says until it is gone, and closes the runtime then. The decoder is what the settings came out of.
    pub fn listen(self: &Arc<Self>, decoder: Decoder<ToWorker>) -> ListenError {
        let Err(error) = self.listen_all(decoder);
        self.asks.end();
        if let Some(handle) = self.handle.get() {
            handle.terminate();
        }
        error
    }

    fn listen_all(
        self: &Arc<Self>,
        decoder: Decoder<ToWorker>,
    ) -> Result<std::convert::Infallible, ListenError> {
        let caps = Caps::of_host(&self.settings.conversion);
        let mut decoder = decoder.followed_by::<ToRuntime>(caps.frame);
        let source = Arc::clone(&self.exported) as Arc<dyn HandleSource>;
        let handle = self.handle.wait();
        let mut bytes = vec![0; READ_SIZE];
        loop {
            match receiving(&source, caps.transfer, || decoder.next_message())? {
                Some(message) => self.obey(handle, message)?,
                None => match rustix::io::retry_on_intr(|| rustix::io::read(self.socket.as_fd(), &mut bytes))
                {
                    Ok(0) => return Err(ListenError::Gone),
                    Ok(count) => decoder.feed(&bytes[..count]),
                    Err(error) => return Err(ListenError::Connection(error.into())),
                },
            }
        }
    }

    fn obey(self: &Arc<Self>, handle: &Handle, message: ToRuntime) -> Result<(), ListenError> {
        match message {
            ToRuntime::Call { id, call, form, announce } => self.begin(handle, id, call, form, announce),
            ToRuntime::Cancel { id } => {
                if let Some(canceller) = self.lock_calls().get(&id) {
                    canceller.cancel();
                }
            }
            ToRuntime::Do { id, what } => self.execute(handle, id, what),
            ToRuntime::Answer { ask, answer } => self.asks.answer(self, ask, answer)?,
            ToRuntime::Settle { ask, result } => self.asks.settle(ask, result),
            ToRuntime::Release(ids) => self.exported.release(&ids),
        }
        Ok(())
    }

    /// Makes a call. What is announced is told by commands of its own, before the call's and after it: nobody else sends
    /// commands. Where there is no place for them, the host knows less.
    fn begin(self: &Arc<Self>, handle: &Handle, id: u64, call: Call, form: Form, announce: bool) {
        let over = Arc::new(AtomicBool::new(false));
        if announce {
            let link = Arc::clone(self);
            let _ = handle.post(move |_| link.send(&FromRuntime::Began { id }));
        }
        let (link, ends) = (Arc::clone(self), Arc::clone(&over));
        let done = move |result: Result<Value, Error>| {
            link.end_call(id, &ends);
            link.done(id, result.map(Outcome::Value));
        };
        let canceller = match form {
            Form::Wait => handle.begin_call(call, done),
            Form::Now | Form::NowOrLater => {
                let link = Arc::clone(self);
                let later = (form == Form::NowOrLater).then(|| Box::new(done.clone()) as Later);
                handle.begin_call_now(call, later, move |first| match first.transpose() {
                    Some(result) => done(result),
                    None => link.send(&FromRuntime::Waits { id }),
                })
            }
        };
        if announce && form == Form::Wait {
            let (link, over) = (Arc::clone(self), Arc::clone(&over));
            let _ = handle.post(move |_| {
                if !over.load(Ordering::Relaxed) {
                    link.send(&FromRuntime::Waits { id });
                }
            });
        }
        let mut calls = self.lock_calls();
        // With the lock: it is over before, and known to be, or has yet to be taken out.
        if !over.load(Ordering::Relaxed) {
            calls.insert(id, canceller);
        }
    }

    fn end_call(&self, id: u64, over: &AtomicBool) {
        let mut calls = self.lock_calls();
        over.store(true, Ordering::Relaxed);
        calls.remove(&id);
    }

    fn execute(self: &Arc<Self>, handle: &Handle, id: u64, what: Command) {
        let link = Arc::clone(self);
        let posted = handle.post(move |runtime| {
            let result = link.execute_on(runtime, what);
            link.done(id, result);
        });
        if let Err(error) = posted {
            self.done(id, Err(error));
        }
    }

    fn execute_on(self: &Arc<Self>, runtime: &mut LocalRuntime, what: Command) -> Result<Outcome, Error> {
        match what {
            Command::Bind { name, function } => {
                runtime.bind_function(&name, Arc::new(self.function(function)))?;
            }
            Command::BindObject { name, members } => {
                let bindings = members.into_iter().map(|(name, member)| {
                    let binding = match member {
                        Member::Value(value) => Binding::Value(value),
                        Member::Function(number) => Binding::Function(Arc::new(self.function(number))),
                    };
                    (name, binding)
                });
                runtime.bind_object(&name, bindings.collect())?;
            }
            Command::AddStaticModule { name, source } => runtime.add_static_module(&name, source),
            Command::SetResolver { resolver } => {
                let resolver = StandIn::new(self, resolver);
                runtime.set_module_resolver(move |specifier, referrer| resolver.resolve(specifier, referrer));
            }
            Command::SetLoader { loader } => {
                let loader = Arc::new(StandIn::new(self, loader));
                runtime.set_module_loader(move |url| loader.load(url));
            }
            Command::CreateStream { stream } => {
                let stream = Arc::new(Stream(Arc::new(StandIn::new(self, stream))));
                return runtime.create_stream(stream).map(|handle| Outcome::Value(Value::Stream(handle)));
            }
            Command::Stats => return Ok(Outcome::Stats(Box::new(runtime.stats()))),
        }
        Ok(Outcome::Nothing)
    }

    fn function(self: &Arc<Self>, number: u64) -> Function {
        Function(Arc::new(StandIn::new(self, number)))
    }

    /// Tells the host what a call or a command came to. A result that fits into no frame is an error instead.
    fn done(&self, id: u64, result: Result<Outcome, Error>) {
        let result = result.map_err(|error| Failure::from_error(error, payload_number));
        let failure = result.as_ref().err().cloned();
        let Err(error) = self.try_send(&FromRuntime::Done { id, result }) else { return };
        let failure = failure.map_or(Failure::Conversion(error), Failure::shortened);
        self.send(&FromRuntime::Done { id, result: Err(failure) });
    }

    /// Tells the host of a console event; of one that fits into no frame, the text's beginning.
    fn tell(&self, event: jsrun::ConsoleEvent) {
        let message = FromRuntime::Console(Box::new(event));
        if self.try_send(&message).is_ok() {
            return;
        }
        let FromRuntime::Console(mut event) = message else { return };
        event.args.clear();
        event.position = None;
        let mut end = event.text.len().min(self.caps.frame / 2);
        while !event.text.is_char_boundary(end) {
            end -= 1;
        }
        event.text.truncate(end);
        self.send(&FromRuntime::Console(event));
    }

    /// Sends a message that always fits.
    pub(super) fn send(&self, message: &FromRuntime) {
        let _ = self.try_send(message);
    }

    /// Sends a message, and waits while the host does not read. When the host is gone it is lost: who listens knows.
    ///
    /// # Errors
    /// When it does not fit into a frame; nothing is sent then.
    pub(super) fn try_send(&self, message: &FromRuntime) -> Result<(), ConversionError> {
        let (encoded, handles) = sending(self.caps.transfer, || encode_within(message, self.caps.frame));
        let frame = encoded.map_err(|error| too_large(&error, self.settings.conversion.size.as_u64()))?;
        // Before the host can name them.
        self.exported.add(handles);
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unsent = frame.as_slice();
        while !unsent.is_empty() {
            let sent = rustix::io::retry_on_intr(|| {
                rustix::net::send(self.socket.as_fd(), unsent, SendFlags::NOSIGNAL)
            });
            match sent {
                Ok(count) => unsent = &unsent[count..],
                Err(_) => break,
            }
        }
        Ok(())
    }

    fn lock_calls(&self) -> MutexGuard<'_, HashMap<u64, CallCanceller>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much is read from the socket at once.
const READ_SIZE: usize = 64 << 10;

/// The last that a worker says whose own code fails: why.
pub fn failed_frame(reason: &str) -> Vec<u8> {
    let reason = reason.chars().take(LONGEST_REASON).collect();
    encode_within(&FromRuntime::Failed(reason), usize::MAX).unwrap_or_default()
}

const LONGEST_REASON: usize = 1_000;
