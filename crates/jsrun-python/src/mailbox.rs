//! What other threads leave for an event loop to do, without the GIL.
//!
//! A runtime's thread that attached to the interpreter for each result would wait for the GIL each time: up to the switch
//! interval (5 ms) while any Python code runs, and the loop is code that runs. So it leaves a letter, and rings the loop's
//! bell when the box was empty; the loop reads all letters in one go.

use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jsrun::Lookout;
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;
use rustix::event::{EventfdFlags, eventfd};

use crate::core::lock;
use crate::{breath, host_call, python};

/// What is to be done on an event loop. Dropped undone when the loop ends first.
pub(crate) type Letter = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

/// Where letters for one event loop go. Its methods are for `jsrun._bridge`, and for the loop.
#[pyclass(frozen, module = "jsrun._jsrun")]
pub(crate) struct Mailbox(Arc<Letters>);

/// The letters for one event loop.
pub(crate) struct Letters {
    state: Mutex<State>,
    /// Readable while there are letters: the loop watches it.
    bell: OwnedFd,
    /// For letters that come soon after an answer.
    lookout: Lookout,
}

#[derive(Default)]
struct State {
    letters: Vec<Letter>,
    /// The loop looks for letters by itself just now: the bell need not be rung.
    reading: bool,
    closed: bool,
}

/// The way to an event loop.
#[derive(Clone)]
pub(crate) enum Destination {
    Letters(Arc<Letters>),
    /// A loop that watches no descriptors: each letter costs the GIL.
    Loop(Arc<Py<PyAny>>),
}

impl Destination {
    /// The way to a loop. To be asked for on the loop's own thread.
    pub(crate) fn of(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mailbox = python::helper(event_loop.py(), "mailbox")?.call1((event_loop,))?;
        Ok(match mailbox.cast::<Mailbox>() {
            Ok(mailbox) => Self::Letters(Arc::clone(&mailbox.get().0)),
            Err(_) => Self::Loop(Arc::new(event_loop.clone().unbind())),
        })
    }

    /// Has the loop do something, from any thread. On a loop that is closed it is dropped.
    pub(crate) fn post(&self, letter: Letter) {
        match self {
            Self::Letters(letters) => letters.post(letter),
            Self::Loop(event_loop) => {
                Python::try_attach(|py| {
                    // A loop that is closed waits for nothing any more.
                    let _ = Bound::new(py, PostedLetter(Mutex::new(Some(letter)))).and_then(|posted| {
                        event_loop.bind(py).call_method1("call_soon_threadsafe", (posted,))
                    });
                });
            }
        }
    }
}

impl Letters {
    fn post(&self, letter: Letter) {
        let mut state = lock(&self.state);
        if state.closed {
            drop(state);
            drop(letter);
            return;
        }
        let rings = state.letters.is_empty() && !state.reading;
        state.letters.push(letter);
        drop(state);
        if rings {
            self.ring();
        }
    }

    fn ring(&self) {
        // It fails only when it has been rung 2⁶⁴ − 1 times.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    /// Takes the letters that are there, for the loop that reads on after these.
    fn take(&self) -> Vec<Letter> {
        let mut state = lock(&self.state);
        state.reading = true;
        std::mem::take(&mut state.letters)
    }

    /// The loop does not read on by itself. The bell rings for what has come meanwhile, and for what was not read.
    fn stop_reading(&self, unread: impl Iterator<Item = Letter>) {
        let mut state = lock(&self.state);
        state.reading = false;
        state.letters.splice(0..0, unread);
        let rings = !state.letters.is_empty();
        drop(state);
        if rings {
            self.ring();
        }
    }
}

#[pymethods]
impl Mailbox {
    #[new]
    fn new() -> PyResult<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|error| PyOSError::new_err((error.raw_os_error(), error.to_string())))?;
        Ok(Self(Arc::new(Letters { state: Mutex::default(), bell, lookout: Lookout::default() })))
    }

    /// What the loop is to watch.
    fn fileno(&self) -> RawFd {
        self.0.bell.as_raw_fd()
    }

    /// Reads all letters.
    fn deliver(&self, py: Python<'_>) -> PyResult<()> {
        let letters = &self.0;
        // First the bell: it rings again for what comes after the look.
        let _ = rustix::io::read(&letters.bell, &mut [0; 8]);
        let begun = Instant::now();
        let mut read = letters.take();
        loop {
            host_call::has_answered();
            let mut unread = read.into_iter();
            while let Some(letter) = unread.next() {
                match letter(py) {
                    Ok(()) => {}
                    // What is to end the loop.
                    Err(error) if !error.is_instance_of::<PyException>(py) => {
                        letters.stop_reading(unread);
                        return Err(error);
                    }
                    Err(error) => error.write_unraisable(py, None),
                }
            }
            // JavaScript that has got an answer goes on with it, and soon asks for more or comes to its end: what it then writes
            // is looked for, for a moment.
            let goes_on = host_call::has_answered() && begun.elapsed() < breath::LONGEST;
            let next = if goes_on {
                letters.lookout.look(|| Some(letters.take()).filter(|next| !next.is_empty()))
            } else {
                None
            };
            match next {
                Some(next) => read = next,
                None => {
                    letters.stop_reading(std::iter::empty());
                    return Ok(());
                }
            }
        }
    }

    /// The loop is closed: letters are thrown away from now on.
    fn close(&self) {
        let mut state = lock(&self.0.state);
        state.closed = true;
        let letters = std::mem::take(&mut state.letters);
        drop(state);
        // Python's code may run when they go: not with the lock.
        drop(letters);
    }
}

/// A letter that a loop is to call.
#[pyclass(frozen, module = "jsrun._jsrun")]
struct PostedLetter(Mutex<Option<Letter>>);

#[pymethods]
impl PostedLetter {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let letter = lock(&self.0).take();
        letter.map_or(Ok(()), |letter| letter(py))
    }
}
