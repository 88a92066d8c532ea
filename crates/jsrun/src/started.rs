//! Calls for hosts that wait in a way of their own: with an eye on signals, or only when there is no other way.

use std::sync::Arc;
use std::time::Duration;

use jsrun_types::Value;

use crate::call_control::CallControl;
use crate::calls::Finish;
use crate::handle::{Command, Shared};
use crate::{Call, CallCanceller, Error, Handle};

/// A call that was asked for; from [`Handle::start_call`].
///
/// ```
/// use jsrun::{Runtime, Value};
/// use std::time::Duration;
///
/// let runtime = Runtime::new()?;
/// let call = runtime.start_call("6 * 7", None)?;
/// let answer = loop {
///     // Here a host looks after its signals.
///     if let Some(answer) = call.wait(Duration::from_millis(50)) {
///         break answer?;
///     }
/// };
/// assert_eq!(answer, Some(Value::from(42)));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub struct StartedCall {
    shared: Arc<Shared>,
    control: Arc<CallControl>,
    answer: oneshot::Receiver<Result<Option<Value>, Error>>,
}

/// Who gets a call's result when it was pending.
///
/// ```
/// use jsrun::{Later, Runtime};
/// use std::sync::mpsc::channel;
/// use std::time::Duration;
///
/// let runtime = Runtime::new()?;
/// let (sender, results) = channel();
/// let later: Later = Box::new(move |result| sender.send(result).expect("it is received"));
/// let call = runtime.start_call("new Promise((done) => setTimeout(() => done('later'), 1))", Some(later))?;
/// while call.wait(Duration::from_secs(1)).is_none() {}
/// assert_eq!(results.recv().expect("it comes")?.as_str(), Some("later"));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub type Later = Box<dyn FnOnce(Result<Value, Error>) + Send>;

impl Handle {
    /// Asks for a call that counts as one that is not waited for. If its promise is pending then, `later` gets its result:
    /// once, on the runtime's thread. Without a `later` that is [`Error::Pending`].
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Reentrant`] on the runtime's own thread.
    pub fn start_call(&self, call: impl Into<Call>, later: Option<Later>) -> Result<StartedCall, Error> {
        self.check_thread()?;
        let call = call.into();
        let control = CallControl::new(Arc::clone(&self.shared.stop));
        let (sender, answer) = oneshot::channel();
        let (shared, begun) = (Arc::clone(&self.shared), Arc::clone(&control));
        self.send(Command::Now(Box::new(move |runtime| {
            let later =
                later.map(|later| -> Finish { Box::new(move |result| later(shared.explain(result))) });
            let _ = sender.send(runtime.call_or_wait(&call, Some(begun), later));
        })))?;
        Ok(StartedCall { shared: Arc::clone(&self.shared), control, answer })
    }
}

impl Handle {
    /// As [`Handle::start_call`], for hosts with a scheduler of their own: `first` gets what the call came to, exactly once,
    /// as [`Handle::begin_call`] calls its function.
    pub fn begin_call_now(
        &self,
        call: impl Into<Call>,
        later: Option<Later>,
        first: impl FnOnce(Result<Option<Value>, Error>) + Send + 'static,
    ) -> CallCanceller {
        let call = call.into();
        let control = CallControl::new(Arc::clone(&self.shared.stop));
        let (shared, begun) = (Arc::clone(&self.shared), Arc::clone(&control));
        self.send_or_refuse(first, move |first| {
            Command::Now(Box::new(move |runtime| {
                let later =
                    later.map(|later| -> Finish { Box::new(move |result| later(shared.explain(result))) });
                first.finish(runtime.call_or_wait(&call, Some(begun), later));
            }))
        });
        CallCanceller(control)
    }
}

impl StartedCall {
    /// What the call came to: its result, or nothing yet because its promise is pending. `None` when there is no answer
    /// after so long.
    pub fn wait(&self, longest: Duration) -> Option<Result<Option<Value>, Error>> {
        let answer = self.shared.lookout.look(|| match self.answer.try_recv() {
            Err(oneshot::TryRecvError::Empty) => None,
            answer => Some(answer.ok()),
        });
        let answer = match answer {
            Some(answer) => answer,
            None => match self.answer.recv_timeout(longest) {
                Err(oneshot::RecvTimeoutError::Timeout) => return None,
                answer => answer.ok(),
            },
        };
        let answer = answer.unwrap_or_else(|| Err(self.shared.closed_error()));
        Some(self.shared.explain(answer))
    }

    /// What stops the call.
    pub fn canceller(&self) -> CallCanceller {
        CallCanceller(Arc::clone(&self.control))
    }
}

impl std::fmt::Debug for StartedCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedCall").field("cancelled", &self.control.is_cancelled()).finish_non_exhaustive()
    }
}
