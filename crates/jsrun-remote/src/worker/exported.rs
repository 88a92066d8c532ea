//! What the host holds of the runtime.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jsrun::{AnyHandle, FunctionHandle, HandleSource, StreamHandle};

/// The handles that the host holds, by number.
#[derive(Debug, Default)]
pub(super) struct Exported(Mutex<HashMap<u64, AnyHandle>>);

impl Exported {
    pub(super) fn add(&self, handles: Vec<AnyHandle>) {
        if !handles.is_empty() {
            self.lock().extend(handles.into_iter().map(|handle| (handle.id(), handle)));
        }
    }

    pub(super) fn release(&self, ids: &[u64]) {
        let mut handles = self.lock();
        let released: Vec<_> = ids.iter().filter_map(|id| handles.remove(id)).collect();
        // Their owner has a lock of its own.
        drop(handles);
        drop(released);
    }

    fn get(&self, id: u64) -> Option<AnyHandle> {
        self.lock().get(&id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, AnyHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HandleSource for Exported {
    fn function(&self, id: u64) -> Option<FunctionHandle> {
        match self.get(id)? {
            AnyHandle::Function(handle) => Some(handle),
            AnyHandle::Stream(_) => None,
        }
    }

    fn stream(&self, id: u64) -> Option<StreamHandle> {
        match self.get(id)? {
            AnyHandle::Stream(handle) => Some(handle),
            AnyHandle::Function(_) => None,
        }
    }
}
