//! What a call asks for, done.

use std::borrow::Cow;
use std::rc::Rc;

use deno_core::v8;
use jsrun_types::{ConversionError, ConversionErrorKind, Language};

use crate::call::{Call, What};
use crate::convert::{Root, to_javascript};
use crate::dialect::Dialect;
use crate::local::EngineState;
use crate::slice::Broken;
use crate::{evaluation, modules, program};

/// Does what the call asks for.
pub(crate) fn perform<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &Rc<EngineState>,
    asked: &Call,
) -> Result<v8::Local<'s, v8::Value>, Broken> {
    match &asked.what {
        What::Eval { code, name, language } => {
            // A script without a name has no extension, and is what most calls are.
            let is_plain = matches!(name, Cow::Borrowed(_)) && *language == Language::JavaScript;
            if is_plain {
                return state.recent_scripts.run(scope, code, name);
            }
            let dialect = Dialect::of_program(*language, name);
            let script =
                program::prepare_script(&state.sources, code, name, dialect, &|| state.stop().is_stopped())
                    .map_err(|exception| Broken::Because(exception.into()))?;
            compile_and_run(scope, &script.code, &script.name)
        }
        What::Module { specifier } => {
            modules::import(scope, state, specifier).map(Into::into).ok_or(Broken::Threw)
        }
        What::Function { function, receiver, args } => {
            let kept = state.handles.function(function).map_err(handle_error)?;
            let receiver = match (receiver, &kept.receiver) {
                (Some(receiver), _) => to_javascript(scope, state, Root::Receiver, receiver)?,
                (None, Some(receiver)) => v8::Local::new(scope, receiver).into(),
                (None, None) => v8::undefined(scope).into(),
            };
            let mut values = Vec::with_capacity(args.len());
            for (index, argument) in args.iter().enumerate() {
                values.push(to_javascript(scope, state, Root::Argument(index), argument)?);
            }
            v8::Local::new(scope, &kept.function).call(scope, receiver, &values).ok_or(Broken::Threw)
        }
        What::StreamRead(stream) | What::StreamCancel(stream) => {
            let kept = state.handles.stream(stream).map_err(handle_error)?;
            let kept = v8::Local::new(scope, kept);
            let intrinsics = state.intrinsics();
            let function = match asked.what {
                What::StreamRead(_) => &intrinsics.read_stream,
                _ => &intrinsics.cancel_stream,
            };
            let function = v8::Local::new(scope, function);
            let undefined = v8::undefined(scope).into();
            function.call(scope, undefined, &[kept.into()]).ok_or(Broken::Threw)
        }
    }
}

fn compile_and_run<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    code: &str,
    name: &str,
) -> Result<v8::Local<'s, v8::Value>, Broken> {
    let source = v8::String::new(scope, code).ok_or(Broken::Threw)?;
    evaluation::compile_and_run(scope, source, name).ok_or(Broken::Threw)
}

fn handle_error(kind: ConversionErrorKind) -> Broken {
    Broken::Because(ConversionError { kind, path: String::new() }.into())
}
