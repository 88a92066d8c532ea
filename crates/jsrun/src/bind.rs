//! Host functions and values as globals.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use deno_core::v8;
use jsrun_types::{FunctionHandle, JsString, Value};

use crate::bindings::new_function;
use crate::convert::{Root, new_string, to_javascript};
use crate::error::Error;
use crate::host_function::{Binding, HostFunction};
use crate::local::{EngineState, LocalRuntime};
use crate::slice::Broken;
use crate::stop::Running;
use crate::watchdog::Deadlines;

impl LocalRuntime {
    /// Makes a host function a global of JavaScript, under any name. It replaces a global that is there.
    ///
    /// # Errors
    /// [`Error::ReadOnlyGlobal`], [`Error::Closed`].
    pub fn bind_function(&mut self, name: &str, function: Arc<dyn HostFunction>) -> Result<(), Error> {
        self.bind(name, |scope, state| {
            let name = v8::String::new(scope, name).ok_or(Broken::Threw)?;
            Ok(new_function(scope, state, Some(name), function).ok_or(Broken::Threw)?.into())
        })
    }

    /// Makes an object of host functions and copied values a global of JavaScript. Names of globals and keys are data,
    /// whatever they contain.
    ///
    /// # Errors
    /// [`Error::ReadOnlyGlobal`], [`Error::Conversion`] for a value that cannot cross, [`Error::Closed`].
    pub fn bind_object(&mut self, name: &str, bindings: Vec<(JsString, Binding)>) -> Result<(), Error> {
        self.bind(name, |scope, state| {
            let object = v8::Object::new(scope);
            for (key, binding) in bindings {
                let key = new_string(scope, &key).ok_or(Broken::Threw)?;
                let value: v8::Local<v8::Value> = match binding {
                    Binding::Value(value) => to_javascript(scope, state, Root::Value, &value)?,
                    Binding::Function(function) => {
                        new_function(scope, state, Some(key), function).ok_or(Broken::Threw)?.into()
                    }
                };
                object.create_data_property(scope, key.into(), value).ok_or(Broken::Threw)?;
            }
            Ok(object.into())
        })
    }

    /// Makes a copy of a value a global of JavaScript.
    ///
    /// # Errors
    /// [`Error::ReadOnlyGlobal`], [`Error::Conversion`] for a value that cannot cross, [`Error::Closed`].
    pub fn bind_value(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        self.bind(name, |scope, state| Ok(to_javascript(scope, state, Root::Value, value)?))
    }

    fn bind(
        &mut self,
        name: &str,
        make: impl for<'s> FnOnce(
            &mut v8::PinScope<'s, '_>,
            &Rc<EngineState>,
        ) -> Result<v8::Local<'s, v8::Value>, Broken>,
    ) -> Result<(), Error> {
        self.check_open()?;
        let limits = self.limits;
        let deadlines = Deadlines::from_now(limits.wall, limits.cpu);
        self.slice(Instant::now(), Running::Nothing, deadlines, &limits, |scope, state| {
            let value = make(scope, state)?;
            let key = v8::String::new(scope, name).ok_or(Broken::Threw)?;
            let global = scope.get_current_context().global(scope);
            let attributes = v8::PropertyAttribute::DONT_ENUM;
            match global.define_own_property(scope, key.into(), value, attributes) {
                Some(true) => Ok(()),
                Some(false) => Err(Broken::Because(Error::ReadOnlyGlobal { name: name.to_owned() })),
                None => Err(Broken::Threw),
            }
        })
    }

    /// Lets go of a function at once; calls of it and its return to JavaScript are errors from now on.
    pub fn close_function(&mut self, function: &FunctionHandle) {
        if function.belongs_to(&self.state.handles.owner()) {
            self.state.handles.close(function.id());
        }
    }
}
