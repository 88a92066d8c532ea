//! What a runtime is made with.

use std::fmt;
use std::sync::Arc;

use jsrun_types::{ByteSize, ConversionLimits, Event, Limits};

use crate::{Error, InspectorOptions, LocalRuntime, Runtime, Snapshot};

/// What a program finds in its global object, beside the ECMAScript globals and `WebAssembly`.
///
/// ```
/// use jsrun::{Globals, Runtime};
///
/// let runtime = Runtime::builder().globals(Globals::Minimal).build()?;
/// assert_eq!(runtime.eval("typeof URL")?.as_str(), Some("undefined"));
/// assert_eq!(runtime.eval("typeof console")?.as_str(), Some("object"));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Globals {
    /// The web platform: `URL`, streams, events, encoding, `crypto` and what docs/limitations.md lists. The default.
    #[default]
    Web,
    /// `console`, `queueMicrotask`, the timers and `ReadableStream` only.
    Minimal,
}

/// Settings of a runtime, all with defaults; from [`Runtime::builder`].
///
/// ```
/// use jsrun::{Globals, Limits, Runtime};
/// use std::time::Duration;
///
/// let runtime = Runtime::builder()
///     .limits(Limits { wall: Duration::from_secs(1), ..Limits::default() })
///     .globals(Globals::Minimal)
///     .build()?;
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RuntimeBuilder {
    pub(crate) limits: Limits,
    pub(crate) buffers: Option<ByteSize>,
    pub(crate) initial_heap: ByteSize,
    pub(crate) on_console: Option<ConsoleListener>,
    pub(crate) globals: Globals,
    pub(crate) conversion: ConversionLimits,
    pub(crate) most_timers: u32,
    pub(crate) largest_source: ByteSize,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) inspector: Option<InspectorOptions>,
    pub(crate) at_end: Option<EndListener>,
    pub(crate) spare: bool,
}

/// A function that hears console events.
#[derive(Clone)]
pub(crate) struct ConsoleListener(Arc<dyn Fn(Event) + Send + Sync>);

impl ConsoleListener {
    pub(crate) fn new(listener: Arc<dyn Fn(Event) + Send + Sync>) -> Self {
        Self(listener)
    }

    pub(crate) fn hear(&self, event: Event) {
        (self.0)(event);
    }
}

impl fmt::Debug for ConsoleListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsoleListener")
    }
}

/// A function that is called when a runtime's thread ends.
#[derive(Clone)]
pub(crate) struct EndListener(Arc<dyn Fn() + Send + Sync>);

impl EndListener {
    pub(crate) fn hear(&self) {
        (self.0)();
    }
}

impl fmt::Debug for EndListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndListener")
    }
}

impl Default for RuntimeBuilder {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            buffers: None,
            initial_heap: ByteSize::bytes(0),
            on_console: None,
            globals: Globals::default(),
            conversion: ConversionLimits::default(),
            most_timers: 10_000,
            largest_source: ByteSize::mib(64),
            snapshot: None,
            inspector: None,
            at_end: None,
            spare: true,
        }
    }
}

impl RuntimeBuilder {
    /// What each call may use unless it says otherwise. Memory is the runtime's for its whole life, at most 4 GiB; output
    /// counts for all calls that wait together.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// A limit of their own for array buffers, which otherwise count towards [`Limits::memory`].
    #[must_use]
    pub fn buffers(mut self, limit: ByteSize) -> Self {
        self.buffers = Some(limit);
        self
    }

    /// With how large a heap V8 begins. Default: V8's own choice.
    #[must_use]
    pub fn initial_heap(mut self, size: ByteSize) -> Self {
        self.initial_heap = size;
        self
    }

    /// Who hears the console during calls, on the runtime's thread. Default: nobody. Programs that are
    /// [run](crate::Handle::run) have a listener of their own.
    #[must_use]
    pub fn on_console(mut self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.on_console = Some(ConsoleListener::new(Arc::new(listener)));
        self
    }

    /// What programs find in the global object. Default: [`Globals::Web`].
    #[must_use]
    pub fn globals(mut self, globals: Globals) -> Self {
        self.globals = globals;
        self
    }

    /// How deep and how large a value may be that crosses between JavaScript and the host, either way.
    #[must_use]
    pub fn conversion(mut self, limits: ConversionLimits) -> Self {
        self.conversion = limits;
        self
    }

    /// How many timers may wait at a time; one more is a `RangeError` in the program. Default 10,000.
    #[must_use]
    pub fn most_timers(mut self, count: u32) -> Self {
        self.most_timers = count;
        self
    }

    /// The longest program or module, in bytes of UTF-8. Default 64 MiB.
    #[must_use]
    pub fn largest_source(mut self, limit: ByteSize) -> Self {
        self.largest_source = limit;
        self
    }

    /// Starts from a snapshot: what its scripts left is in place, and [`RuntimeBuilder::globals`] is as it was for them.
    #[must_use]
    pub fn snapshot(mut self, snapshot: Snapshot) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Lets debuggers attach, such as Chrome `DevTools`. Time in which the program is paused does not count towards its
    /// limit. Not for runtimes that are forked.
    #[must_use]
    pub fn inspector(mut self, options: InspectorOptions) -> Self {
        self.inspector = Some(options);
        self
    }

    /// What the runtime's thread does last, when nothing is left of the runtime; whoever waits for its end waits for this, too. For
    /// hosts that keep something for each thread on which their functions run. A runtime made with
    /// [`RuntimeBuilder::build_local`] has no thread of its own.
    #[must_use]
    pub fn at_end(mut self, work: impl Fn() + Send + Sync + 'static) -> Self {
        self.at_end = Some(EndListener(Arc::new(work)));
        self
    }

    /// Whether the runtime may be one that was made ahead, and may have one made for the next. Default: it may.
    ///
    /// Where runtimes come and go, one after another of the same kind (globals, snapshot, initial heap and most timers), the process keeps one
    /// more ready, on the thread that will be its own. Whoever asks next has it in a tenth of the time that making it takes, and cannot
    /// tell it from one made just then, but by what a thread inherits from the one that started it. It takes the memory of an idle
    /// runtime, and ends when nobody has asked for it in 10 seconds; [`end_spare`](crate::end_spare) ends it at once. A process that closes
    /// no runtimes has none, nor has one with a single processor.
    #[must_use]
    pub fn spare(mut self, may: bool) -> Self {
        self.spare = may;
        self
    }

    /// Makes the runtime on a thread of its own.
    ///
    /// # Errors
    /// [`Error::Thread`] or [`Error::Start`] when the system refuses what the runtime needs.
    pub fn build(self) -> Result<Runtime, Error> {
        Runtime::start(self)
    }

    /// Makes the runtime on this thread, which it stays on.
    ///
    /// # Errors
    /// [`Error::Start`] when the system refuses what the runtime needs.
    pub fn build_local(self) -> Result<LocalRuntime, Error> {
        LocalRuntime::from_builder(&self)
    }
}
