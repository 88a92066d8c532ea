//! Functions and streams that the host holds on to.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deno_core::v8;
use jsrun_types::{ConversionErrorKind, FunctionHandle, HandleOwner, StreamHandle};

/// A function that the host holds, and what to call it on.
#[derive(Clone)]
pub(crate) struct KeptFunction {
    pub(crate) function: v8::Global<v8::Function>,
    pub(crate) receiver: Option<v8::Global<v8::Object>>,
}

/// What the host holds of one runtime.
pub(crate) struct Handles {
    functions: RefCell<HashMap<u64, KeptFunction>>,
    streams: RefCell<HashMap<u64, v8::Global<v8::Object>>>,
    next_id: std::cell::Cell<u64>,
    released: Arc<Released>,
}

/// Handles that nobody holds any more. Any thread adds; the runtime's own takes.
#[derive(Default)]
struct Released {
    ids: Mutex<Vec<u64>>,
    /// Whether there are any. Calls ask.
    any: AtomicBool,
}

impl Released {
    fn take(&self) -> Vec<u64> {
        if !self.any.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut ids = self.lock();
        self.any.store(false, Ordering::Release);
        std::mem::take(&mut ids)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u64>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandleOwner for Released {
    fn release(&self, id: u64) {
        let mut ids = self.lock();
        ids.push(id);
        self.any.store(true, Ordering::Release);
    }
}

impl Handles {
    pub(crate) fn new() -> Self {
        Self {
            functions: RefCell::default(),
            streams: RefCell::default(),
            next_id: std::cell::Cell::new(1),
            released: Arc::default(),
        }
    }

    /// Who the handles are returned to.
    pub(crate) fn owner(&self) -> Arc<dyn HandleOwner> {
        Arc::clone(&self.released) as Arc<dyn HandleOwner>
    }

    pub(crate) fn keep_function(
        &self,
        function: v8::Global<v8::Function>,
        receiver: Option<v8::Global<v8::Object>>,
    ) -> u64 {
        let id = self.new_id();
        self.functions.borrow_mut().insert(id, KeptFunction { function, receiver });
        id
    }

    pub(crate) fn keep_stream(&self, stream: v8::Global<v8::Object>) -> u64 {
        let id = self.new_id();
        self.streams.borrow_mut().insert(id, stream);
        id
    }

    /// What a handle points to.
    pub(crate) fn function(&self, handle: &FunctionHandle) -> Result<KeptFunction, ConversionErrorKind> {
        if !handle.belongs_to(&self.owner()) {
            return Err(ConversionErrorKind::ForeignHandle);
        }
        self.functions.borrow().get(&handle.id()).cloned().ok_or(ConversionErrorKind::ClosedHandle)
    }

    /// What a handle points to.
    pub(crate) fn stream(
        &self,
        handle: &StreamHandle,
    ) -> Result<v8::Global<v8::Object>, ConversionErrorKind> {
        if !handle.belongs_to(&self.owner()) {
            return Err(ConversionErrorKind::ForeignHandle);
        }
        self.streams.borrow().get(&handle.id()).cloned().ok_or(ConversionErrorKind::ClosedHandle)
    }

    /// Lets go of a function or stream at once, whoever still has its handle.
    pub(crate) fn close(&self, id: u64) {
        self.functions.borrow_mut().remove(&id);
        self.streams.borrow_mut().remove(&id);
    }

    /// Lets go of what nobody holds any more.
    pub(crate) fn collect(&self) {
        for id in self.released.take() {
            self.close(id);
        }
    }

    /// Lets go of everything.
    pub(crate) fn clear(&self) {
        self.functions.borrow_mut().clear();
        self.streams.borrow_mut().clear();
    }

    /// How many functions are held.
    pub(crate) fn function_count(&self) -> usize {
        self.collect();
        self.functions.borrow().len()
    }

    /// How many streams are held.
    pub(crate) fn stream_count(&self) -> usize {
        self.collect();
        self.streams.borrow().len()
    }

    fn new_id(&self) -> u64 {
        // A handle that was let go of makes room for this one.
        self.collect();
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        id
    }
}
