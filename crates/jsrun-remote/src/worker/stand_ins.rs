//! The host's functions, streams and errors, as the engine has them in the worker.

use std::any::Any;
use std::sync::Arc;

use jsrun::{Chunk, HostError, HostFunction, HostReply, HostStream, LoadError, LoadedModule, Value};

use crate::failure::HostFailure;
use crate::message::{Ask, FromRuntime, Given, Settled, mismatch, to_load_error};

use super::asks::First;
use super::link::Link;

/// Something of the host's that JavaScript can reach. The host is told when it cannot any more.
#[derive(Debug)]
pub(super) struct StandIn {
    link: Arc<Link>,
    number: u64,
}

impl StandIn {
    pub(super) fn new(link: &Arc<Link>, number: u64) -> Self {
        Self { link: Arc::clone(link), number }
    }

    fn to_error(&self, failure: HostFailure) -> HostError {
        let HostFailure { class, message, number } = failure;
        let payload = number.map(|number| {
            Arc::new(Payload { link: Arc::clone(&self.link), number }) as Arc<dyn Any + Send + Sync>
        });
        HostError { class, message, payload }
    }

    fn to_value(&self, settled: Settled) -> Result<Value, HostError> {
        match settled {
            Ok(Given::Value(value)) => Ok(value),
            Ok(Given::Chunk(_) | Given::Url(_) | Given::Source(_)) => Err(mismatch()),
            Err(failure) => Err(self.to_error(failure)),
        }
    }

    /// As a module resolver.
    pub(super) fn resolve(&self, specifier: &str, referrer: &str) -> Result<Option<String>, LoadError> {
        let what = Ask::Resolve { specifier: specifier.to_owned(), referrer: referrer.to_owned() };
        match self.link.ask(self.number, what) {
            First::Now(Ok(Given::Url(url))) => Ok(url),
            First::Now(Err(failure)) => Err(to_load_error(self.to_error(failure))),
            First::Now(Ok(_)) | First::Later(_) => Err(to_load_error(mismatch())),
        }
    }

    /// As a module loader.
    pub(super) fn load(self: &Arc<Self>, url: &str) -> LoadedModule {
        let this = Arc::clone(self);
        let source = move |settled| match settled {
            Ok(Given::Source(source)) => Ok(source),
            Ok(Given::Value(_) | Given::Chunk(_) | Given::Url(_)) => Err(to_load_error(mismatch())),
            Err(failure) => Err(to_load_error(this.to_error(failure))),
        };
        match self.link.ask(self.number, Ask::Load { url: url.to_owned() }) {
            First::Now(settled) => LoadedModule::Now(source(settled)),
            First::Later(later) => LoadedModule::later(async move { source(later.await) }),
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.link.send(&FromRuntime::Forget { target: self.number });
    }
}

/// A function of the host.
#[derive(Debug)]
pub(super) struct Function(pub(super) Arc<StandIn>);

impl HostFunction for Function {
    fn call(&self, args: Vec<Value>) -> HostReply {
        let this = Arc::clone(&self.0);
        match this.link.ask(this.number, Ask::Call(args)) {
            First::Now(settled) => HostReply::Now(this.to_value(settled)),
            First::Later(later) => HostReply::Later(Box::pin(async move { this.to_value(later.await) })),
        }
    }
}

/// A stream of the host.
#[derive(Debug)]
pub(super) struct Stream(pub(super) Arc<StandIn>);

impl HostStream for Stream {
    fn next(&self) -> Chunk {
        let this = Arc::clone(&self.0);
        let later = this.link.ask_for_later(this.number, Ask::Pull);
        Box::pin(async move {
            match later.await {
                Ok(Given::Chunk(chunk)) => Ok(chunk),
                Ok(Given::Value(_) | Given::Url(_) | Given::Source(_)) => Err(mismatch()),
                Err(failure) => Err(this.to_error(failure)),
            }
        })
    }

    fn cancel(&self) {
        self.0.link.send(&FromRuntime::CancelStream { stream: self.0.number });
    }
}

/// What a host error carries, which stays at the host.
#[derive(Debug)]
struct Payload {
    link: Arc<Link>,
    number: u64,
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.link.send(&FromRuntime::ForgetError { error: self.number });
    }
}

/// What the host knows a host error's payload by.
pub(super) fn payload_number(error: &HostError) -> Option<u64> {
    error.payload.as_ref()?.downcast_ref::<Payload>().map(|payload| payload.number)
}
