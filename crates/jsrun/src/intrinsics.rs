//! Functions of the engine that are taken before any program runs, so that no program can replace them.

use deno_core::{JsRuntime, v8};

use crate::Error;
use crate::property::own_data_property;

/// Calls a function of the engine's. `None` when it threw, which it does only where there is no room on the stack or no
/// time left.
pub(crate) fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: &v8::Global<v8::Function>,
    receiver: Option<v8::Local<'s, v8::Value>>,
    args: &[v8::Local<'s, v8::Value>],
) -> Option<v8::Local<'s, v8::Value>> {
    let function = v8::Local::new(scope, function);
    let receiver = receiver.unwrap_or_else(|| v8::undefined(scope).into());
    // What it threw is not the program's to see, nor V8's to print.
    v8::tc_scope!(let scope, scope);
    function.call(scope, receiver, args)
}

/// What the engine's own JavaScript and V8 provide, kept out of the program's reach.
pub(crate) struct Intrinsics {
    pub(crate) call_site_get_column: v8::Global<v8::Function>,
    pub(crate) call_site_get_file_name: v8::Global<v8::Function>,
    pub(crate) call_site_get_line: v8::Global<v8::Function>,
    pub(crate) call_site_get_script_name: v8::Global<v8::Function>,
    pub(crate) call_site_to_string: v8::Global<v8::Function>,
    pub(crate) cancel_stream: v8::Global<v8::Function>,
    pub(crate) clear_timers: v8::Global<v8::Function>,
    pub(crate) clear_timers_of: v8::Global<v8::Function>,
    /// Pairs of a console method of V8's and its implementation, if it has one, in the order of js/console.js.
    pub(crate) console_methods: v8::Global<v8::Object>,
    pub(crate) describe_platform_object: v8::Global<v8::Function>,
    pub(crate) do_nothing: v8::Global<v8::Function>,
    pub(crate) error_constructor: v8::Global<v8::Object>,
    /// The accessor behind which V8 keeps `error.stack`, if it does.
    pub(crate) error_stack_getter: Option<v8::Global<v8::Function>>,
    pub(crate) function_to_string: v8::Global<v8::Function>,
    pub(crate) give_up_read: v8::Global<v8::Function>,
    pub(crate) is_extensible: v8::Global<v8::Function>,
    pub(crate) is_readable_stream: v8::Global<v8::Function>,
    pub(crate) load_global: v8::Global<v8::Function>,
    pub(crate) load_web_globals: v8::Global<v8::Function>,
    pub(crate) make_stream: v8::Global<v8::Function>,
    pub(crate) new_bytes: v8::Global<v8::Function>,
    pub(crate) pack_numbers: v8::Global<v8::Function>,
    pub(crate) read_stream: v8::Global<v8::Function>,
    pub(crate) regexp_flags: v8::Global<v8::Function>,
    /// V8's getters that describe a regular expression.
    pub(crate) regexp_getters: v8::Global<v8::Array>,
    pub(crate) remove_web_globals: v8::Global<v8::Function>,
    pub(crate) object_prototype: v8::Global<v8::Object>,
    pub(crate) reset_time_origin: v8::Global<v8::Function>,
    /// Objects, each followed by a key and by the descriptor of that property before any program.
    pub(crate) shared_properties: v8::Global<v8::Array>,
    /// Prototypes that nearly all objects have, each followed by the keys and the prototype that it has before any program.
    pub(crate) shared_prototypes: v8::Global<v8::Array>,
    pub(crate) unbox: v8::Global<v8::Function>,
    /// All of them in one object, for a snapshot of this runtime to carry.
    pub(crate) whole: v8::Global<v8::Object>,
    /// `None` where there is no WebAssembly: without a compiler, and while a snapshot is made.
    pub(crate) wasm: Option<WasmIntrinsics>,
}

/// What a module in WebAssembly is made with.
pub(crate) struct WasmIntrinsics {
    /// `WebAssembly.Instance`.
    pub(crate) instance: v8::Global<v8::Function>,
    /// `WebAssembly.Module.exports`.
    pub(crate) exports: v8::Global<v8::Function>,
    /// `WebAssembly.Module.imports`.
    pub(crate) imports: v8::Global<v8::Function>,
}

/// What the startup snapshot leaves in the global object for the engine.
pub(crate) const INTERNAL_NAMES: [&str; 3] = ["Deno", "__bootstrap", INTERNAL];
pub(crate) const INTERNAL: &str = "__jsrun";
/// The property of [`INTERNAL`] with which a snapshot carries the intrinsics, which `js/intrinsics.js` gathers when the startup
/// snapshot is made. Scripts of a snapshot on top of it may replace all that they are gathered from.
pub(crate) const CARRIED: &str = "intrinsics";

impl Intrinsics {
    /// Takes the functions, and removes what a program must not see from the global object.
    pub(crate) fn take(runtime: &mut JsRuntime) -> Result<Self, Error> {
        deno_core::scope!(scope, runtime);
        let gathered = take_carried(scope).ok_or_else(|| missing(CARRIED))?;
        Ok(Self {
            call_site_get_column: function(scope, gathered, "callSiteGetColumn")?,
            call_site_get_file_name: function(scope, gathered, "callSiteGetFileName")?,
            call_site_get_line: function(scope, gathered, "callSiteGetLine")?,
            call_site_get_script_name: function(scope, gathered, "callSiteGetScriptName")?,
            call_site_to_string: function(scope, gathered, "callSiteToString")?,
            cancel_stream: function(scope, gathered, "cancelStream")?,
            clear_timers: function(scope, gathered, "clearTimers")?,
            clear_timers_of: function(scope, gathered, "clearTimersOf")?,
            console_methods: object(scope, gathered, "consoleMethods")?,
            describe_platform_object: function(scope, gathered, "describePlatformObject")?,
            do_nothing: function(scope, gathered, "doNothing")?,
            error_constructor: object(scope, gathered, "errorConstructor")?,
            error_stack_getter: function(scope, gathered, "errorStackGetter").ok(),
            function_to_string: function(scope, gathered, "functionToString")?,
            give_up_read: function(scope, gathered, "giveUpRead")?,
            is_extensible: function(scope, gathered, "isExtensible")?,
            is_readable_stream: function(scope, gathered, "isReadableStream")?,
            load_global: function(scope, gathered, "loadGlobal")?,
            load_web_globals: function(scope, gathered, "loadWebGlobals")?,
            make_stream: function(scope, gathered, "makeStream")?,
            new_bytes: function(scope, gathered, "newBytes")?,
            pack_numbers: function(scope, gathered, "packNumbers")?,
            read_stream: function(scope, gathered, "readStream")?,
            regexp_flags: function(scope, gathered, "regexpFlags")?,
            regexp_getters: array(scope, gathered, "regexpGetters")?,
            remove_web_globals: function(scope, gathered, "removeWebGlobals")?,
            object_prototype: object(scope, gathered, "objectPrototype")?,
            reset_time_origin: function(scope, gathered, "resetTimeOrigin")?,
            shared_properties: array(scope, gathered, "sharedProperties")?,
            shared_prototypes: array(scope, gathered, "sharedPrototypes")?,
            unbox: function(scope, gathered, "unbox")?,
            whole: v8::Global::new(scope, gathered),
            wasm: take_wasm(scope),
        })
    }
}

/// V8 makes `WebAssembly` anew for each runtime; no snapshot holds it.
fn take_wasm(scope: &mut v8::PinScope<'_, '_>) -> Option<WasmIntrinsics> {
    let global = scope.get_current_context().global(scope);
    let namespace = own_data_property(scope, global, "WebAssembly")?.try_into().ok()?;
    let module = own_data_property(scope, namespace, "Module")?.try_into().ok()?;
    let mut function = |holder, name| {
        let value: v8::Local<v8::Function> = own_data_property(scope, holder, name)?.try_into().ok()?;
        Some(v8::Global::new(scope, value))
    };
    Some(WasmIntrinsics {
        instance: function(namespace, "Instance")?,
        exports: function(module, "exports")?,
        imports: function(module, "imports")?,
    })
}

/// What a snapshot has gathered. Runs none of the code of its scripts.
fn take_carried<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Object>> {
    let global = scope.get_current_context().global(scope);
    let internal = own_data_property(scope, global, INTERNAL)?.try_into().ok()?;
    let carried = own_data_property(scope, internal, CARRIED)?.try_into().ok()?;
    for name in INTERNAL_NAMES {
        let key = v8::String::new(scope, name)?;
        global.delete(scope, key.into());
    }
    Some(carried)
}

fn object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    holder: v8::Local<'s, v8::Object>,
    name: &'static str,
) -> Result<v8::Global<v8::Object>, Error> {
    let key = v8::String::new(scope, name).ok_or_else(|| missing(name))?;
    let value = holder.get(scope, key.into()).ok_or_else(|| missing(name))?;
    let value: v8::Local<v8::Object> = value.try_into().map_err(|_| missing(name))?;
    Ok(v8::Global::new(scope, value))
}

fn array<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    holder: v8::Local<'s, v8::Object>,
    name: &'static str,
) -> Result<v8::Global<v8::Array>, Error> {
    let value = object(scope, holder, name)?;
    let value: v8::Local<v8::Array> = v8::Local::new(scope, value).try_into().map_err(|_| missing(name))?;
    Ok(v8::Global::new(scope, value))
}

fn function<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    holder: v8::Local<'s, v8::Object>,
    name: &'static str,
) -> Result<v8::Global<v8::Function>, Error> {
    let value = object(scope, holder, name)?;
    let value: v8::Local<v8::Function> =
        v8::Local::new(scope, value).try_into().map_err(|_| missing(name))?;
    Ok(v8::Global::new(scope, value))
}

fn missing(name: &str) -> Error {
    Error::Start(format!("the startup snapshot has no {name}"))
}
