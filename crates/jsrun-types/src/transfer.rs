//! Values in frames: handles as numbers, and what a decoder bears.
//!
//! A [`Value`] is encoded and decoded within a scope, of [`sending`] or [`receiving`]. Outside of one a value with a handle
//! is neither.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Exception, FunctionHandle, StreamHandle, Value};

/// A handle of either kind.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyHandle {
    /// Of a function.
    Function(FunctionHandle),
    /// Of a stream.
    Stream(StreamHandle),
}

impl AnyHandle {
    /// The handle's number, which no other handle of its runtime has.
    pub fn id(&self) -> u64 {
        match self {
            Self::Function(handle) => handle.id(),
            Self::Stream(handle) => handle.id(),
        }
    }
}

/// What gives a decoder the handles of the numbers that it meets.
pub trait HandleSource: Send + Sync {
    /// The function of this number; `None` is a decoding error.
    fn function(&self, id: u64) -> Option<FunctionHandle>;
    /// The stream of this number; `None` is a decoding error.
    fn stream(&self, id: u64) -> Option<StreamHandle>;
}

/// How much may be in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferLimits {
    /// Values inside each other.
    pub depth: u32,
    /// Values, each part of another included. A small frame could otherwise unfold into a large tree.
    pub values: u64,
    /// Errors among the values, with their causes and the frames of their stacks.
    pub errors: u64,
}

/// The deepest value that is decoded where nothing else is said.
const USUAL_DEPTH: u32 = 1_000;

thread_local! {
    static HANDLES_MET: RefCell<Option<Vec<AnyHandle>>> = const { RefCell::new(None) };
    static SOURCE: RefCell<Option<Arc<dyn HandleSource>>> = const { RefCell::new(None) };
    static DEPTH_LEFT: Cell<u32> = const { Cell::new(USUAL_DEPTH) };
    static VALUES_LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
    static ERRORS_LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

fn set_limits(limits: Option<TransferLimits>) {
    DEPTH_LEFT.set(limits.map_or(USUAL_DEPTH, |limits| limits.depth));
    VALUES_LEFT.set(limits.map_or(u64::MAX, |limits| limits.values));
    ERRORS_LEFT.set(limits.map_or(u64::MAX, |limits| limits.errors));
}

/// Encodes values, handles as their numbers; gives those that were met. What is over the limits is an encoding error.
pub fn sending<T>(limits: TransferLimits, encode: impl FnOnce() -> T) -> (T, Vec<AnyHandle>) {
    set_limits(Some(limits));
    HANDLES_MET.set(Some(Vec::new()));
    let encoded = encode();
    set_limits(None);
    (encoded, HANDLES_MET.take().unwrap_or_default())
}

/// Decodes values; a handle is what `source` has for its number. What is over the limits is a decoding error.
pub fn receiving<T>(source: &Arc<dyn HandleSource>, limits: TransferLimits, decode: impl FnOnce() -> T) -> T {
    set_limits(Some(limits));
    SOURCE.set(Some(Arc::clone(source)));
    let decoded = decode();
    set_limits(None);
    SOURCE.set(None);
    decoded
}

/// Counts a value and what is inside it.
fn inside<T, E>(work: impl FnOnce() -> Result<T, E>, error: impl FnOnce(&'static str) -> E) -> Result<T, E> {
    let (Some(depth), Some(values)) = (DEPTH_LEFT.get().checked_sub(1), VALUES_LEFT.get().checked_sub(1))
    else {
        return Err(error("a value is too deep or has too many parts"));
    };
    DEPTH_LEFT.set(depth);
    VALUES_LEFT.set(values);
    let done = work();
    DEPTH_LEFT.set(depth + 1);
    done
}

/// Counts the parts of an error.
fn count_error(exception: &Exception) -> bool {
    let causes = std::iter::successors(Some(exception), |exception| exception.cause.as_deref());
    let parts = causes.map(|exception| 1 + exception.frames.len() as u64).fold(0, u64::saturating_add);
    let left = ERRORS_LEFT.get().checked_sub(parts);
    ERRORS_LEFT.set(left.unwrap_or(0));
    left.is_some()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Error(exception) = self
            && !count_error(exception)
        {
            return Err(S::Error::custom("a value has too many errors"));
        }
        inside(|| Self::encode(self, serializer), S::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = inside(|| Self::decode(deserializer), D::Error::custom)?;
        match &value {
            Self::Error(exception) if !count_error(exception) => {
                Err(D::Error::custom("a value has too many errors"))
            }
            _ => Ok(value),
        }
    }
}

fn meet<E: serde::ser::Error>(handle: AnyHandle) -> Result<u64, E> {
    let id = handle.id();
    HANDLES_MET.with_borrow_mut(|met| match met {
        Some(met) => {
            met.push(handle);
            Ok(id)
        }
        None => Err(E::custom("a handle crosses within a conversation only")),
    })
}

fn find<T, E: serde::de::Error>(find: impl FnOnce(&dyn HandleSource) -> Option<T>) -> Result<T, E> {
    let found = SOURCE.with_borrow(|source| source.as_deref().and_then(find));
    found.ok_or_else(|| E::custom("an unknown handle"))
}

impl Serialize for FunctionHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        meet::<S::Error>(AnyHandle::Function(self.clone()))?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FunctionHandle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = u64::deserialize(deserializer)?;
        find(|source| source.function(id))
    }
}

impl Serialize for StreamHandle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        meet::<S::Error>(AnyHandle::Stream(self.clone()))?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StreamHandle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = u64::deserialize(deserializer)?;
        find(|source| source.stream(id))
    }
}
