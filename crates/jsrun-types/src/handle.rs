//! Handles to what stays in a runtime.

use std::fmt;
use std::sync::Arc;

/// Who is told that nobody holds a handle any more: the runtime that the handle points into.
///
/// ```
/// use jsrun_types::{FunctionHandle, HandleOwner};
/// use std::sync::{Arc, Mutex};
///
/// #[derive(Default)]
/// struct Released(Mutex<Vec<u64>>);
/// impl HandleOwner for Released {
///     fn release(&self, id: u64) {
///         self.0.lock().expect("nobody panics").push(id);
///     }
/// }
///
/// let owner = Arc::new(Released::default());
/// let handle = FunctionHandle::new(7, Arc::clone(&owner) as Arc<dyn HandleOwner>);
/// let copy = handle.clone();
/// drop(handle);
/// assert!(owner.0.lock().expect("nobody panics").is_empty());
/// drop(copy);
/// assert_eq!(*owner.0.lock().expect("nobody panics"), [7]);
/// ```
pub trait HandleOwner: Send + Sync {
    /// Nobody holds the handle with this number any more. May be called from any thread.
    fn release(&self, id: u64);
}

/// A number that its owner is told about when the last copy goes.
struct Lease {
    id: u64,
    owner: Arc<dyn HandleOwner>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.owner.release(self.id);
    }
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Copies share it; when the last one is dropped the runtime may collect what it points to. A handle is equal to
        /// its copies only.
        #[derive(Clone)]
        pub struct $name(Arc<Lease>);

        impl $name {
            /// A handle with its number in its owner's table.
            pub fn new(id: u64, owner: Arc<dyn HandleOwner>) -> Self {
                Self(Arc::new(Lease { id, owner }))
            }

            /// The number, which no other handle of its runtime has or will have.
            pub fn id(&self) -> u64 {
                self.0.id
            }

            /// Whether the handle points into the runtime of this owner.
            pub fn belongs_to(&self, owner: &Arc<dyn HandleOwner>) -> bool {
                Arc::ptr_eq(&self.0.owner, owner)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.id()).finish()
            }
        }
    };
}

handle! {
    /// A function of a runtime, with the receiver that it was read from.
    FunctionHandle
}

handle! {
    /// A `ReadableStream` of a runtime.
    StreamHandle
}
