//! Calls for hosts that wait with an eye on something else.

use std::sync::Arc;
use std::time::Duration;

use jsrun::{Call, Error, Later, Value};

use crate::message::Form;

use super::finish::Finish;
use super::remote::{Remote, RemoteCanceller};
use super::shared::Shared;

/// A call that was asked for; from [`Remote::start_call`].
pub struct StartedRemoteCall {
    shared: Arc<Shared>,
    canceller: RemoteCanceller,
    answer: oneshot::Receiver<Result<Option<Value>, Error>>,
}

impl Remote {
    /// Asks for a call that counts as one that is not waited for, as [`jsrun::Handle::start_call`] does. `later` is called
    /// on the session's thread.
    ///
    /// # Errors
    /// [`Error::Closed`]; [`Error::Reentrant`] on the session's thread; [`Error::Conversion`] when the call's values cannot
    /// cross.
    pub fn start_call(
        &self,
        call: impl Into<Call>,
        later: Option<Later>,
    ) -> Result<StartedRemoteCall, Error> {
        self.check_thread()?;
        let (sender, answer) = oneshot::channel();
        let first = Box::new(move |result| {
            // Nobody may wait any more.
            let _ = sender.send(result);
        });
        let form = if later.is_some() { Form::NowOrLater } else { Form::Now };
        let finish = Finish::First { first, later };
        let id = self.queue(call.into(), form, finish).map_err(|(_, error)| error)?;
        let canceller = RemoteCanceller { remote: self.clone(), id: Some(id) };
        Ok(StartedRemoteCall { shared: Arc::clone(&self.shared), canceller, answer })
    }
}

impl StartedRemoteCall {
    /// What the call came to: its result, or nothing yet because its promise is pending. `None` when there is no answer
    /// after so long.
    pub fn wait(&self, longest: Duration) -> Option<Result<Option<Value>, Error>> {
        match self.answer.recv_timeout(longest) {
            Ok(answer) => Some(answer),
            Err(oneshot::RecvTimeoutError::Timeout) => None,
            Err(oneshot::RecvTimeoutError::Disconnected) => Some(Err(self.shared.closed_error())),
        }
    }

    /// What stops the call.
    pub fn canceller(&self) -> RemoteCanceller {
        self.canceller.clone()
    }
}

impl std::fmt::Debug for StartedRemoteCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedRemoteCall").finish_non_exhaustive()
    }
}
