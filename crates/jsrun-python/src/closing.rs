//! Closing a runtime while an event loop waits.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use pyo3::prelude::*;

use crate::core::lock;

/// A runtime that is being closed. Its method is for `jsrun._bridge`, on the event loop.
#[pyclass(frozen, module = "jsrun._jsrun")]
pub(crate) struct Closing(Mutex<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl Closing {
    pub(crate) fn new(closing: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Mutex::new(Box::pin(closing)))
    }
}

#[pymethods]
impl Closing {
    /// Whether it has ended. Otherwise `wake` is called on the loop when that may have changed.
    fn poll(&self, event_loop: Py<PyAny>, wake: Py<PyAny>) -> bool {
        let waker = Waker::from(Arc::new(WakeLoop { event_loop, wake }));
        let mut closing = lock(&self.0);
        closing.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Ready(())
    }
}

struct WakeLoop {
    event_loop: Py<PyAny>,
    wake: Py<PyAny>,
}

impl Wake for WakeLoop {
    fn wake(self: Arc<Self>) {
        Python::try_attach(|py| {
            // A loop that is closed waits for nothing any more.
            let _ = self.event_loop.bind(py).call_method1("call_soon_threadsafe", (&self.wake,));
        });
    }
}
