//! What a host can ask of a runtime.

use std::borrow::Cow;
use std::time::Duration;

use jsrun_types::{AnyHandle, FunctionHandle, Language, StreamHandle, Value};
use serde::{Deserialize, Deserializer, Serialize};

/// A program's name where it has none of its own.
const UNNAMED: &str = "<eval>";

/// One call from the host into JavaScript: what to do, and how long it may take.
///
/// ```
/// use jsrun::{Call, Runtime};
/// use std::time::Duration;
///
/// let runtime = Runtime::new()?;
/// let call = Call::eval("6 * 7").named("answer.js").wall(Duration::from_secs(1));
/// assert_eq!(runtime.call(call)?.as_f64(), Some(42.0));
/// # Ok::<(), jsrun::Error>(())
/// ```
///
/// It can be encoded for a runtime in another process, within a scope that knows handles ([`jsrun_types::sending`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    pub(crate) what: What,
    pub(crate) wall: Option<Duration>,
    pub(crate) cpu: Option<Duration>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum What {
    Eval {
        code: String,
        #[serde(deserialize_with = "name")]
        name: Cow<'static, str>,
        language: Language,
    },
    Module {
        specifier: String,
    },
    Function {
        function: FunctionHandle,
        receiver: Option<Value>,
        args: Vec<Value>,
    },
    StreamRead(StreamHandle),
    StreamCancel(StreamHandle),
}

/// A script without a name of its own stays known as such.
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'static, str>, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok(if name == UNNAMED { Cow::Borrowed(UNNAMED) } else { Cow::Owned(name) })
}

impl Call {
    /// A classic script; its completion value.
    pub fn eval(code: impl Into<String>) -> Self {
        Self::new(What::Eval {
            code: code.into(),
            name: Cow::Borrowed(UNNAMED),
            language: Language::JavaScript,
        })
    }

    /// A module, imported as a program would; its namespace, as an object. Evaluated once: later imports give the same.
    pub fn module(specifier: impl Into<String>) -> Self {
        Self::new(What::Module { specifier: specifier.into() })
    }

    /// A call of a JavaScript function; what it returns. Its receiver is what the function was read from.
    pub fn function(function: &FunctionHandle, args: impl IntoIterator<Item = Value>) -> Self {
        let (function, args) = (function.clone(), args.into_iter().collect());
        Self::new(What::Function { function, receiver: None, args })
    }

    /// The next chunk of a stream: an array with the chunk as its one element, or `null` at the stream's end.
    pub fn stream_read(stream: &StreamHandle) -> Self {
        Self::new(What::StreamRead(stream.clone()))
    }

    /// Cancels a stream: its source is told that nobody reads any more. `undefined`.
    pub fn stream_cancel(stream: &StreamHandle) -> Self {
        Self::new(What::StreamCancel(stream.clone()))
    }

    fn new(what: What) -> Self {
        Self { what, wall: None, cpu: None }
    }

    /// The name under which a script appears in positions and stacks. Default `<eval>`. Others have none.
    #[must_use]
    pub fn named(mut self, script_name: impl Into<String>) -> Self {
        if let What::Eval { name, .. } = &mut self.what {
            *name = Cow::Owned(script_name.into());
        }
        self
    }

    /// In what a script is written. Default: what its name says, else JavaScript. Others are not affected.
    #[must_use]
    pub fn language(mut self, script_language: Language) -> Self {
        if let What::Eval { language, .. } = &mut self.what {
            *language = script_language;
        }
        self
    }

    /// What a function is called on, instead of what it was read from. Others have none.
    #[must_use]
    pub fn receiver(mut self, value: Value) -> Self {
        if let What::Function { receiver, .. } = &mut self.what {
            *receiver = Some(value);
        }
        self
    }

    /// The limit of wall time that the call has of its own.
    pub fn own_wall(&self) -> Option<Duration> {
        self.wall
    }

    /// The values that the call brings, with their places: `args[0]`.
    pub fn values(&self) -> impl Iterator<Item = (String, &Value)> {
        let (receiver, args) = match &self.what {
            What::Function { receiver, args, .. } => (receiver.as_ref(), args.as_slice()),
            What::Eval { .. } | What::Module { .. } | What::StreamRead(_) | What::StreamCancel(_) => {
                (None, &[][..])
            }
        };
        let args = args.iter().enumerate().map(|(index, value)| (format!("args[{index}]"), value));
        receiver.map(|value| ("this".to_owned(), value)).into_iter().chain(args)
    }

    /// What the call is made on, if that is something of the runtime.
    pub fn target(&self) -> Option<AnyHandle> {
        match &self.what {
            What::Function { function, .. } => Some(AnyHandle::Function(function.clone())),
            What::StreamRead(stream) | What::StreamCancel(stream) => Some(AnyHandle::Stream(stream.clone())),
            What::Eval { .. } | What::Module { .. } => None,
        }
    }

    /// Time from the call's begin to its end. Default: the runtime's [`Limits::wall`](jsrun_types::Limits::wall).
    #[must_use]
    pub fn wall(mut self, limit: Duration) -> Self {
        self.wall = Some(limit);
        self
    }

    /// CPU time of the runtime's thread while the call lasts. Default: the runtime's
    /// [`Limits::cpu`](jsrun_types::Limits::cpu).
    #[must_use]
    pub fn cpu(mut self, limit: Duration) -> Self {
        self.cpu = Some(limit);
        self
    }
}

impl From<&str> for Call {
    fn from(code: &str) -> Self {
        Self::eval(code)
    }
}

impl From<String> for Call {
    fn from(code: String) -> Self {
        Self::eval(code)
    }
}
