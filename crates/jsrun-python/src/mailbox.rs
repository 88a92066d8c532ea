//! What other threads leave for an event loop to do, without the GIL.
//!
//! A runtime's thread that attached to the interpreter for each result would wait for the GIL each time: up to the switch
//! interval (5 ms) while any Python code runs, and the loop is code that runs. So it leaves a letter, and rings the loop's
//! bell when the box was empty; the loop reads all letters in one go.
//!
//! A letter may begin a coroutine, and that may run the loop again, inside the delivery. So what is not read stays in the box with
//! the bell rung while a letter runs, and the loop's next turn, if it comes before the delivery ends, watches the bell anew.

use std::collections::VecDeque;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jsrun::Lookout;
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;
use rustix::event::{EventfdFlags, eventfd};

use crate::core::lock;
use crate::{breath, exit, host_call, python};

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
#[expect(clippy::struct_excessive_bools, reason = "each is true and false independently of the others")]
struct State {
    letters: VecDeque<Letter>,
    /// The bell has been rung since it was last silenced.
    rung: bool,
    /// A delivery looks for letters just now: the bell need not be rung. Never while a letter runs.
    looking: bool,
    /// The deliveries that go on, each inside the one before.
    deliveries: usize,
    /// The loop's next turn asks whether it comes inside a delivery.
    asks: bool,
    closed: bool,
}

impl State {
    /// Whether the bell is to be rung now, which the caller then does.
    fn rings(&mut self) -> bool {
        let rings = !self.letters.is_empty() && !self.looking && !self.rung;
        self.rung |= rings;
        rings
    }
}

/// One of the deliveries, for as long as this lives.
struct Delivery<'a>(&'a Letters);

impl<'a> Delivery<'a> {
    fn new(letters: &'a Letters) -> Self {
        lock(&letters.state).deliveries += 1;
        Self(letters)
    }
}

impl Drop for Delivery<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.deliveries -= 1;
        state.looking = false;
        if state.letters.is_empty() {
            self.0.silence(&mut state);
        } else if state.rings() {
            self.0.ring();
        }
    }
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
                exit::attach(|py| {
                    // A loop that is closed waits for nothing any more.
                    let _ = Bound::new(py, PostedLetter(Mutex::new(Some(letter)))).and_then(|posted| {
                        event_loop.bind(py).call_method1("call_soon_threadsafe", (posted,))
                    });
                });
            }
        }
    }

    /// To be called by a letter that runs code which may run the loop again.
    pub(crate) fn expect_turns(&self, py: Python<'_>) -> PyResult<()> {
        let Self::Letters(letters) = self else { return Ok(()) };
        if std::mem::replace(&mut lock(&letters.state).asks, true) {
            return Ok(());
        }
        let mailbox = Mailbox(Arc::clone(letters));
        python::helper(py, "expect_turns")?.call1((mailbox,)).map(drop)
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
        state.letters.push_back(letter);
        let rings = state.rings();
        drop(state);
        if rings {
            self.ring();
        }
    }

    fn ring(&self) {
        // It fails only when it has been rung 2⁶⁴ − 1 times.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }

    fn silence(&self, state: &mut State) {
        if state.rung {
            state.rung = false;
            let _ = rustix::io::read(&self.bell, &mut [0; 8]);
        }
    }

    /// The next letter. The bell is rung for those after it.
    fn take(&self) -> Option<Letter> {
        let mut state = lock(&self.state);
        state.looking = false;
        let letter = state.letters.pop_front();
        let rings = state.rings();
        drop(state);
        if rings {
            self.ring();
        }
        letter
    }

    /// How many letters there are, if any, for a delivery that looks for them until it takes one.
    fn look(&self) -> Option<usize> {
        let mut state = lock(&self.state);
        state.looking = true;
        Some(state.letters.len()).filter(|count| *count > 0)
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
        exit::prepare_thread();
        let letters = &self.0;
        let _delivery = Delivery::new(letters);
        let begun = Instant::now();
        let mut count = {
            let mut state = lock(&letters.state);
            // It rings again for what stays or comes.
            state.rung = true;
            letters.silence(&mut state);
            state.letters.len()
        };
        loop {
            host_call::has_answered();
            for _ in 0..count {
                // A delivery inside this one may have read the rest.
                let Some(letter) = letters.take() else { break };
                match letter(py) {
                    Ok(()) => {}
                    // What is to end the loop.
                    Err(error) if !error.is_instance_of::<PyException>(py) => return Err(error),
                    Err(error) => error.write_unraisable(py, None),
                }
            }
            // JavaScript that has got an answer goes on with it, and soon asks for more or comes to its end: what it then writes
            // is looked for, for a moment.
            if !host_call::has_answered() || begun.elapsed() >= breath::LONGEST {
                return Ok(());
            }
            let Some(next) = letters.lookout.look(|| letters.look()) else { return Ok(()) };
            count = next;
        }
    }

    /// The loop takes a turn that was asked for. Whether that comes inside a delivery.
    fn is_delivering(&self) -> bool {
        let mut state = lock(&self.0.state);
        state.asks = false;
        state.deliveries > 0
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
        exit::prepare_thread();
        let letter = lock(&self.0).take();
        letter.map_or(Ok(()), |letter| letter(py))
    }
}
