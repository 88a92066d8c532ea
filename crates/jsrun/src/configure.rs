//! Settings for a runtime that is already made, such as one that a forked process inherits.

use std::sync::Arc;

use jsrun_types::{ByteSize, ConversionLimits, Event, Limits};

use crate::builder::ConsoleListener;
use crate::{LocalRuntime, platform};

impl LocalRuntime {
    /// Sets what calls may use that say nothing else, as [`RuntimeBuilder::limits`](crate::RuntimeBuilder::limits) does.
    /// For a runtime that has run nothing yet.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.heap_limited = false;
        platform::limit_wasm_memory(limits.memory);
    }

    /// Sets a limit of their own for array buffers, as [`RuntimeBuilder::buffers`](crate::RuntimeBuilder::buffers) does.
    pub fn set_buffer_limit(&mut self, limit: ByteSize) {
        self.buffers.set_own_limit(limit.as_usize());
    }

    /// Sets what may cross, as [`RuntimeBuilder::conversion`](crate::RuntimeBuilder::conversion) does.
    pub fn set_conversion(&mut self, limits: ConversionLimits) {
        self.state.conversion.set(limits);
    }

    /// Sets who hears the console, as [`RuntimeBuilder::on_console`](crate::RuntimeBuilder::on_console) does.
    pub fn set_console_listener(&mut self, listener: impl Fn(Event) + Send + Sync + 'static) {
        self.listener = Some(ConsoleListener::new(Arc::new(listener)));
    }
}
