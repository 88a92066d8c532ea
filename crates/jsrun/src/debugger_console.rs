//! Console calls for debuggers, through V8's own console.

use deno_core::{JsRuntime, v8};

use crate::local::EngineState;
use crate::preview::{MOST_PROTOTYPES, Previewer, read_string};
use crate::property::{descriptor, own_data_property, own_field};

/// Of a longer format the rest is taken for one that makes text of everything.
const LONGEST_FORMAT: usize = 10_000;

/// What V8 reads of errors and regular expressions to describe them.
const READ_OF_ERRORS: [&str; 3] = ["name", "message", "stack"];
const READ_OF_REGEXPS: [&str; 10] = [
    "source",
    "flags",
    "hasIndices",
    "global",
    "ignoreCase",
    "multiline",
    "dotAll",
    "unicode",
    "unicodeSets",
    "sticky",
];
/// The method that V8's inspector adds to the program's console.
const CREATE_TASK: &str = "createTask";

/// Has an inspector made, and takes what it adds to the console away: programs are not to tell by it that it is there.
pub(crate) fn unseen<R>(js: &mut JsRuntime, make: impl FnOnce(&mut JsRuntime) -> R) -> R {
    let before = has_create_task(js);
    let inspector = make(js);
    if !before {
        hide(js);
    }
    inspector
}

/// Takes away what an inspector has added to the console.
pub(crate) fn hide(js: &mut JsRuntime) {
    deno_core::scope!(scope, js);
    if let (Some(console), Some(key)) = (console(scope), v8::String::new(scope, CREATE_TASK))
        && !console.is_proxy()
    {
        console.delete(scope, key.into());
    }
}

fn has_create_task(js: &mut JsRuntime) -> bool {
    deno_core::scope!(scope, js);
    console(scope).is_some_and(|console| own_data_property(scope, console, CREATE_TASK).is_some())
}

fn console<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Object>> {
    let global = scope.get_current_context().global(scope);
    own_data_property(scope, global, "console")?.try_into().ok()
}

/// Calls V8's method, which tells the debuggers and keeps the last thousand calls for those that come later.
///
/// V8's formatter makes text and numbers of objects by their `toString`, which the engine's own console does not: what it
/// would make something of is put in its place before, and so is what describing would run the program's code. Debuggers
/// get the rest as objects.
pub(crate) fn show<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    method: v8::Local<'s, v8::Function>,
    args: &[v8::Local<'s, v8::Value>],
    format: Option<usize>,
) {
    let mut shown = args.to_vec();
    if let Some(format) = format {
        replace_converted(scope, state, &mut shown, format);
    }
    for arg in &mut shown {
        if let Ok(object) = v8::Local::<v8::Object>::try_from(*arg)
            && describing_runs_code(scope, state, object)
        {
            let text = Previewer::new(state).preview(scope, object.into()).to_text();
            let Some(text) = v8::String::new(scope, &text) else { return };
            *arg = text.into();
        }
    }
    let reads_stack = state.engine_reads_stack.replace(true);
    {
        v8::tc_scope!(let scope, scope);
        let undefined = v8::undefined(scope).into();
        method.call(scope, undefined, &shown);
        if scope.has_terminated() {
            scope.rethrow();
        }
    }
    state.engine_reads_stack.set(reads_stack);
}

/// Whether one of the properties that V8 reads to describe an object is the program's getter.
fn describing_runs_code<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
) -> bool {
    let names = if object.is_native_error() {
        &READ_OF_ERRORS[..]
    } else if object.is_reg_exp() {
        &READ_OF_REGEXPS[..]
    } else {
        return false;
    };
    names.iter().any(|name| {
        let Some(key) = v8::String::new(scope, name) else { return true };
        let mut holder = object;
        for _ in 0..MOST_PROTOTYPES {
            if holder.is_proxy() {
                return true;
            }
            if let Some(descriptor) = descriptor(scope, holder, key.into()) {
                let Some(getter) = own_field(scope, descriptor, "get") else { return false };
                return v8::Local::<v8::Function>::try_from(getter).is_ok_and(|getter| {
                    let v8s_own = state.intrinsics().error_stack_getter.as_ref();
                    getter.script_id() > 0 && v8s_own.is_none_or(|own| getter != v8::Local::new(scope, own))
                });
            }
            let Some(prototype) = holder.get_prototype(scope) else { return false };
            let Ok(prototype) = v8::Local::<v8::Object>::try_from(prototype) else { return false };
            holder = prototype;
        }
        true
    })
}

/// Puts text and numbers in the place of objects of which V8's formatter makes them.
fn replace_converted<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    args: &mut [v8::Local<'s, v8::Value>],
    format: usize,
) {
    let (Some(text), true) = (args.get(format), args.iter().skip(format + 1).any(|arg| arg.is_object()))
    else {
        return;
    };
    let Ok(text) = v8::Local::<v8::String>::try_from(*text) else { return };
    // What `%s` puts in is searched for specifiers, too.
    let mut formats = vec![Format::new(scope, text)];
    let mut next = format + 1;
    while let (Some(format), Some(arg)) = (formats.last_mut(), args.get_mut(next)) {
        let Some(specifier) = format.specifier() else {
            formats.pop();
            continue;
        };
        next += 1;
        match specifier {
            Specifier::Text => {
                if arg.is_object() {
                    let text = Previewer::new(state).preview(scope, *arg).to_text();
                    let Some(text) = v8::String::new(scope, &text) else { return };
                    *arg = text.into();
                }
                if let Ok(text) = v8::Local::<v8::String>::try_from(*arg) {
                    formats.push(Format::new(scope, text));
                }
            }
            Specifier::Number if arg.is_object() => *arg = v8::Number::new(scope, f64::NAN).into(),
            Specifier::Number | Specifier::AsItIs => {}
        }
    }
}

/// What V8's formatter does with an argument.
enum Specifier {
    Text,
    Number,
    AsItIs,
}

/// A text that is searched for specifiers.
struct Format {
    characters: std::vec::IntoIter<char>,
    /// It was cut: what comes is not known.
    cut: bool,
}

impl Format {
    fn new<'s>(scope: &mut v8::PinScope<'s, '_>, text: v8::Local<'s, v8::String>) -> Self {
        let text = read_string(scope, text, LONGEST_FORMAT);
        let characters: Vec<char> = text.text.chars().collect();
        Self { characters: characters.into_iter(), cut: text.omitted > 0 }
    }

    fn specifier(&mut self) -> Option<Specifier> {
        while self.characters.find(|character| *character == '%').is_some() {
            let specifier = match self.characters.as_slice().first() {
                Some('s') => Specifier::Text,
                Some('d' | 'f' | 'i') => Specifier::Number,
                Some('c' | 'o' | 'O' | '_') => Specifier::AsItIs,
                Some('%') => {
                    self.characters.next();
                    continue;
                }
                _ => continue,
            };
            self.characters.next();
            return Some(specifier);
        }
        self.cut.then_some(Specifier::Text)
    }
}
