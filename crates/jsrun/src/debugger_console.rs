//! Console calls for debuggers, through V8's own console.

use deno_core::{JsRuntime, v8};

use crate::intrinsics::call;
use crate::local::EngineState;
use crate::preview::{MOST_PROTOTYPES, Previewer, count, read_string};
use crate::property::{descriptor, find_data_property, own_data_property, own_field};

/// Of a longer format the rest is taken for one that makes text of everything.
const LONGEST_FORMAT: usize = 10_000;
/// Of formats in formats that are deeper all is taken for such, too.
const MOST_FORMATS: usize = 100;
/// UTF-16 code units of text that one call gives debuggers: V8 copies them to where no limit on memory holds.
const MOST_TEXT: usize = 1 << 20;
/// V8's number: it makes no text of arrays with more elements, those of arrays in them counted.
const MOST_ELEMENTS: usize = 10_000;
/// Digits of 64 bits, and what V8 makes of most other values.
const BIG_INT_WORD: usize = 20;
const SHORT: usize = 32;

/// What V8 reads of errors and regular expressions to describe them; the latter in the order of js/intrinsics.js.
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
    let mut texts = Texts::new(state);
    let Some(shown) = texts.prepare(scope, args, format) else { return };
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

/// Makes text of arguments, of all together no more than of one.
struct Texts<'a, 's> {
    state: &'a EngineState,
    previewer: Previewer<'a, 's>,
    left: usize,
}

impl<'a, 's> Texts<'a, 's> {
    fn new(state: &'a EngineState) -> Self {
        Self { state, previewer: Previewer::new(state).with_most_text(MOST_TEXT), left: MOST_TEXT }
    }

    /// What V8's method is to be called with. `None` when there is no time left for it, or no room.
    fn prepare(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        args: &[v8::Local<'s, v8::Value>],
        format: Option<usize>,
    ) -> Option<Vec<v8::Local<'s, v8::Value>>> {
        let mut shown = args.to_vec();
        for arg in &mut shown {
            self.cut(scope, arg)?;
        }
        if let Some(format) = format {
            self.replace_converted(scope, &mut shown, format)?;
        }
        for arg in &mut shown {
            let object = v8::Local::<v8::Object>::try_from(*arg);
            let runs_code = object.is_ok_and(|object| describing_runs_code(scope, self.state, object));
            if runs_code || (!arg.is_string() && !is_short(scope, self.state, *arg)) {
                self.replace(scope, arg)?;
            }
            self.go_on()?;
        }
        Some(shown)
    }

    /// `None` when the program is to stop.
    fn go_on(&self) -> Option<()> {
        (!self.state.console.is_stopped()).then_some(())
    }

    /// Takes what there is no room for from a string.
    fn cut(&mut self, scope: &mut v8::PinScope<'s, '_>, arg: &mut v8::Local<'s, v8::Value>) -> Option<()> {
        let Ok(text) = v8::Local::<v8::String>::try_from(*arg) else { return Some(()) };
        if text.length() > self.left {
            let beginning = read_string(scope, text, self.left).text;
            *arg = v8::String::new(scope, &format!("{beginning}…"))?.into();
        }
        self.left -= self.left.min(text.length());
        Some(())
    }

    /// Puts the text of an argument in its place.
    fn replace(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        arg: &mut v8::Local<'s, v8::Value>,
    ) -> Option<()> {
        self.go_on()?;
        let text = if self.left == 0 || self.previewer.is_spent() {
            "…".to_owned()
        } else {
            self.previewer.preview_next(scope, *arg).to_text()
        };
        *arg = v8::String::new(scope, &text)?.into();
        self.cut(scope, arg)
    }

    /// Puts text and numbers in the place of objects of which V8's formatter makes them.
    fn replace_converted(
        &mut self,
        scope: &mut v8::PinScope<'s, '_>,
        args: &mut [v8::Local<'s, v8::Value>],
        format: usize,
    ) -> Option<()> {
        let text = args.get(format).and_then(|text| v8::Local::<v8::String>::try_from(*text).ok());
        let (Some(text), true) = (text, args.iter().skip(format + 1).any(|arg| arg.is_object())) else {
            return Some(());
        };
        // What `%s` puts in is searched for specifiers, too.
        let mut formats = vec![Format::new(text)];
        let mut next = format + 1;
        let mut is_deep = false;
        while let (Some(format), Some(arg)) = (formats.last_mut(), args.get_mut(next)) {
            self.go_on()?;
            let found = if is_deep { Some(Specifier::Text) } else { format.specifier(scope) };
            let Some(specifier) = found else {
                formats.pop();
                continue;
            };
            next += 1;
            match specifier {
                Specifier::Text => {
                    if arg.is_object() {
                        self.replace(scope, arg)?;
                    }
                    if let Ok(text) = v8::Local::<v8::String>::try_from(*arg) {
                        is_deep |= formats.len() >= MOST_FORMATS;
                        if !is_deep {
                            formats.push(Format::new(text));
                        }
                    }
                }
                Specifier::Number if arg.is_object() => *arg = v8::Number::new(scope, f64::NAN).into(),
                Specifier::Number | Specifier::AsItIs => {}
            }
        }
        Some(())
    }
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
    names.iter().enumerate().any(|(index, name)| {
        let Some(key) = v8::String::new(scope, name) else { return true };
        let mut holder = object;
        for _ in 0..MOST_PROTOTYPES {
            if holder.is_proxy() {
                return true;
            }
            if let Some(descriptor) = descriptor(scope, holder, key.into()) {
                let Some(getter) = own_field(scope, descriptor, "get") else { return false };
                return getter.is_function() && !is_v8s_own(scope, state, object, index, getter);
            }
            let Some(prototype) = holder.get_prototype(scope) else { return false };
            let Ok(prototype) = v8::Local::<v8::Object>::try_from(prototype) else { return false };
            holder = prototype;
        }
        true
    })
}

/// Whether a getter is the one that V8 has itself for a property. All others count as the program's: which of V8's functions run
/// its code cannot be told, nor what a bound one or a proxy calls.
fn is_v8s_own<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    object: v8::Local<'s, v8::Object>,
    index: usize,
    getter: v8::Local<'s, v8::Value>,
) -> bool {
    let intrinsics = state.intrinsics();
    if object.is_reg_exp() {
        let getters = v8::Local::new(scope, &intrinsics.regexp_getters);
        return getters.get_index(scope, count(index)).is_some_and(|own| own.strict_equals(getter));
    }
    let own = intrinsics.error_stack_getter.as_ref();
    own.is_some_and(|own| {
        let own: v8::Local<v8::Value> = v8::Local::new(scope, own).into();
        own.strict_equals(getter)
    })
}

/// Whether the text that V8 makes of an argument is short. It makes the one of an array of all its elements, however long.
fn is_short<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    arg: v8::Local<'s, v8::Value>,
) -> bool {
    let mut units_left = MOST_TEXT;
    let mut elements_left = MOST_ELEMENTS;
    let mut next = vec![arg];
    while let Some(value) = next.pop() {
        let length = match v8::Local::<v8::Array>::try_from(value) {
            Ok(array) => {
                let length = array.length() as usize;
                if length > elements_left {
                    // V8 makes no text of it.
                    return true;
                }
                elements_left -= length;
                for index in 0..array.length() {
                    let index = v8::Integer::new_from_unsigned(scope, index);
                    let element = index
                        .to_string(scope)
                        .and_then(|name| descriptor(scope, array.into(), name.into()))
                        .and_then(|descriptor| own_field(scope, descriptor, "value"));
                    next.extend(element);
                }
                length
            }
            Err(_) => text_length(scope, state, value),
        };
        match units_left.checked_sub(length) {
            Some(rest) => units_left = rest,
            None => return false,
        }
    }
    true
}

/// About how long the text is that V8 makes of what is no array.
fn text_length<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    value: v8::Local<'s, v8::Value>,
) -> usize {
    if let Ok(text) = v8::Local::<v8::String>::try_from(value) {
        return text.length();
    }
    if let Ok(number) = v8::Local::<v8::BigInt>::try_from(value) {
        return number.word_count().saturating_mul(BIG_INT_WORD);
    }
    if let Ok(symbol) = v8::Local::<v8::Symbol>::try_from(value) {
        return SHORT + length_if_text(symbol.description(scope));
    }
    let Ok(object) = v8::Local::<v8::Object>::try_from(value) else { return SHORT };
    if object.is_proxy() {
        return SHORT;
    }
    if object.is_string_object() || object.is_big_int_object() || object.is_symbol_object() {
        let primitive = call(scope, &state.intrinsics().unbox, None, &[value]);
        let primitive = primitive.filter(|primitive| !primitive.is_object());
        return primitive.map_or(SHORT, |primitive| text_length(scope, state, primitive));
    }
    if let Ok(regexp) = v8::Local::<v8::RegExp>::try_from(value) {
        return SHORT + regexp.get_source(scope).length();
    }
    if object.is_function() {
        let source = call(scope, &state.intrinsics().function_to_string, Some(value), &[]);
        return source.map_or(SHORT, length_if_text);
    }
    let names: &[v8::Local<v8::Name>] = if object.is_native_error() {
        let (Some(name), Some(message)) = (v8::String::new(scope, "name"), v8::String::new(scope, "message"))
        else {
            return SHORT;
        };
        &[name.into(), message.into()]
    } else {
        &[v8::Symbol::get_to_string_tag(scope).into()]
    };
    names.iter().fold(SHORT, |length, name| {
        length + find_data_property(scope, object, *name).map_or(0, length_if_text)
    })
}

fn length_if_text(value: v8::Local<'_, v8::Value>) -> usize {
    v8::Local::<v8::String>::try_from(value).map_or(0, |text| text.length())
}

/// What V8's formatter does with an argument.
enum Specifier {
    Text,
    Number,
    AsItIs,
}

/// A text that is searched for specifiers.
struct Format<'s> {
    text: v8::Local<'s, v8::String>,
    /// How far it is searched.
    position: usize,
    /// How far it is to be searched.
    end: usize,
}

impl<'s> Format<'s> {
    fn new(text: v8::Local<'s, v8::String>) -> Self {
        Self { text, position: 0, end: text.length().min(LONGEST_FORMAT) }
    }

    fn specifier(&mut self, scope: &v8::PinScope<'s, '_>) -> Option<Specifier> {
        let mut units = [0_u16; 256];
        while self.position < self.end {
            let length = units.len().min(self.end - self.position);
            let Some(units) = units.get_mut(..length) else { break };
            self.text.write_v2(scope, count(self.position), units, v8::WriteFlags::empty());
            let Some(found) = units.iter().position(|unit| *unit == u16::from(b'%')) else {
                self.position += length;
                continue;
            };
            self.position += found + 1;
            let specifier = match units.get(found + 1).map(|unit| u8::try_from(*unit)) {
                Some(Ok(b's')) => Specifier::Text,
                Some(Ok(b'd' | b'f' | b'i')) => Specifier::Number,
                Some(Ok(b'c' | b'o' | b'O' | b'_')) => Specifier::AsItIs,
                Some(Ok(b'%')) => {
                    self.position += 1;
                    continue;
                }
                Some(_) => continue,
                None => {
                    if self.position < self.end {
                        // It goes on with what is read next.
                        self.position -= 1;
                    }
                    continue;
                }
            };
            self.position += 1;
            return Some(specifier);
        }
        // It was cut: what comes is not known.
        (self.text.length() > self.end).then_some(Specifier::Text)
    }
}
