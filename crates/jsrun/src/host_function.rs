//! Functions of the host that JavaScript can call.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use jsrun_types::Value;

/// What a host function's work comes to, later.
///
/// ```
/// use jsrun::{HostFuture, Value};
///
/// let future: HostFuture = Box::pin(async { Ok(Value::from(1)) });
/// # drop(future);
/// ```
pub type HostFuture = Pin<Box<dyn Future<Output = Result<Value, HostError>> + Send>>;

/// A function of the host. JavaScript calls it on the runtime's thread.
///
/// Closures that take the arguments and return a `Result<Value, HostError>` are host functions;
/// [`async_function`] makes one of a closure that returns a future.
///
/// ```
/// use jsrun::{HostFunction, HostReply, Runtime, Value};
///
/// struct Greeting(String);
///
/// impl HostFunction for Greeting {
///     fn call(&self, args: Vec<Value>) -> HostReply {
///         let name = args.first().and_then(Value::as_str).unwrap_or("you");
///         HostReply::Now(Ok(Value::from(format!("{}, {name}", self.0))))
///     }
/// }
///
/// let runtime = Runtime::new()?;
/// runtime.bind_function("greet", Greeting("Hello".to_owned()))?;
/// assert_eq!(runtime.eval("greet('Ada')")?.as_str(), Some("Hello, Ada"));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub trait HostFunction: Send + Sync {
    /// One call from JavaScript.
    fn call(&self, args: Vec<Value>) -> HostReply;
}

/// What a call of a host function gives.
///
/// ```
/// use jsrun::{HostReply, Value};
///
/// fn square(number: f64) -> HostReply {
///     // What takes its time is a future.
///     if number > 1e6 { HostReply::Later(Box::pin(async move { Ok(Value::from(number * number)) })) }
///     else { HostReply::Now(Ok(Value::from(number * number))) }
/// }
/// assert!(matches!(square(2.0), HostReply::Now(Ok(_))));
/// ```
pub enum HostReply {
    /// Its result, at once. An error is thrown.
    Now(Result<Value, HostError>),
    /// A promise to JavaScript. The runtime polls the future on its own thread, where tokio has timers but no I/O: work
    /// that needs another runtime is to be spawned there and awaited here.
    Later(HostFuture),
}

impl<F> HostFunction for F
where
    F: Fn(Vec<Value>) -> Result<Value, HostError> + Send + Sync,
{
    fn call(&self, args: Vec<Value>) -> HostReply {
        HostReply::Now(self(args))
    }
}

/// Makes a host function of a closure that returns a future; JavaScript sees a promise.
///
/// ```
/// use jsrun::{Runtime, Value, async_function};
///
/// let runtime = Runtime::new()?;
/// let double = async_function(|args: Vec<Value>| async move {
///     Ok(Value::from(args.first().and_then(Value::as_f64).unwrap_or_default() * 2.0))
/// });
/// runtime.bind_function("double", double)?;
/// assert_eq!(runtime.call_and_wait("double(21)")?.as_f64(), Some(42.0));
/// # Ok::<(), jsrun::Error>(())
/// ```
pub fn async_function<F, R>(function: F) -> impl HostFunction
where
    F: Fn(Vec<Value>) -> R + Send + Sync,
    R: Future<Output = Result<Value, HostError>> + Send + 'static,
{
    AsyncFunction(function)
}

struct AsyncFunction<F>(F);

impl<F, R> HostFunction for AsyncFunction<F>
where
    F: Fn(Vec<Value>) -> R + Send + Sync,
    R: Future<Output = Result<Value, HostError>> + Send + 'static,
{
    fn call(&self, args: Vec<Value>) -> HostReply {
        HostReply::Later(Box::pin(self.0(args)))
    }
}

/// What a host function failed with. In JavaScript it is an `Error` of this name and message.
///
/// ```
/// use jsrun::{Error, HostError, Runtime, Value};
///
/// let runtime = Runtime::new()?;
/// runtime.bind_function("fail", |_: Vec<Value>| Err(HostError::new("OSError", "no such file")))?;
/// assert_eq!(runtime.eval("try { fail() } catch (e) { `${e}` }")?.as_str(), Some("OSError: no such file"));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone)]
pub struct HostError {
    /// The error's class, which is `name` in JavaScript: `ValueError`.
    pub class: String,
    /// The error's `message`.
    pub message: String,
    /// Whatever the host wants back when the error comes out of JavaScript uncaught.
    pub payload: Option<Arc<dyn Any + Send + Sync>>,
}

impl HostError {
    /// An error without a payload.
    pub fn new(class: impl Into<String>, message: impl Into<String>) -> Self {
        Self { class: class.into(), message: message.into(), payload: None }
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostError")
            .field("class", &self.class)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

impl std::error::Error for HostError {}

/// A property of an object that [`bind_object`](crate::Handle::bind_object) makes.
///
/// ```
/// use jsrun::{Binding, Runtime, Value};
///
/// let runtime = Runtime::new()?;
/// runtime.bind_object("host", vec![("version".into(), Binding::Value(Value::from(3)))])?;
/// assert_eq!(runtime.eval("host.version")?.as_f64(), Some(3.0));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone)]
pub enum Binding {
    /// A copy of a value.
    Value(Value),
    /// A host function.
    Function(Arc<dyn HostFunction>),
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => f.debug_tuple("Value").field(value).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}
