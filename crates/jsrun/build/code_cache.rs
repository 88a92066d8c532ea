//! What V8 makes of the web platform's scripts, kept so that processes need not make it again.
//!
//! V8 takes such code only where its flags are the same, and so it is made in a process of its own: this one has the flags for
//! making snapshots. Where V8 does not take it, it compiles.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use deno_core::{JsRuntime, RuntimeOptions, v8};
use v8::script_compiler::{CompileOptions, NoCacheReason, Source, compile_function};

use crate::extension::{self, Host};
use crate::{flags, platform_scripts};

/// Tells the child process that it is one, and in which folder to work.
const FOLDER: &str = "JSRUN_CODE_CACHE_FOLDER";

/// What programs are likely to do with what the scripts define: the code of functions is kept that have run.
const USE: &str = r"
  const url = new URL('a?b=c#d', 'http://example.com');
  url.searchParams.append('e', 'f');
  const { href, origin, pathname, search, hash, host } = url;
  `${url} ${new URLSearchParams({ a: 'b' })} ${[...url.searchParams]}`;
  new TextDecoder().decode(new TextEncoder().encode('text'));
  atob(btoa('text'));
  structuredClone({ a: [1, new Map([[2, 3]]), new Date(0)] });
  const target = new EventTarget();
  target.addEventListener('custom', () => {}, { once: true });
  target.dispatchEvent(new CustomEvent('custom', { detail: 1 }));
  target.dispatchEvent(new Event('event', { bubbles: true }));
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => {});
  controller.abort();
  performance.now();
  new Blob(['text'], { type: 'text/plain' }).slice(1).size;
  new File(['text'], 'name').name;
  new URLPattern({ pathname: '/:id' }).test('http://example.com/1');
  const readable = new ReadableStream({
    start(controller) { controller.enqueue(1); controller.close(); },
    pull() {},
  });
  const reader = readable.getReader();
  reader.read();
  reader.releaseLock();
  const transform = new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk); } });
  transform.writable.getWriter().write(1);
  new DOMException('message', 'AbortError').code;
";

/// Makes the code, in a child process.
pub(crate) fn make(folder: &Path) {
    let program = std::env::current_exe().expect("the build script is a program");
    let status = Command::new(program).env(FOLDER, folder).status().expect("the build script starts");
    assert!(status.success(), "no code could be made: {status}");
}

/// The folder to work in, if this is the child process.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// All that the child process does.
pub(crate) fn serve(folder: &Path) {
    v8::V8::set_flags_from_string(flags::ALWAYS);
    v8::V8::set_flags_from_string(&flags::wasm_pages(flags::DEFAULT_WASM_PAGES));
    JsRuntime::init_platform(None);
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _guard = tokio.enter();
    let snapshot = std::fs::read(folder.join("startup.snapshot")).expect("it was just made");
    let mut runtime = JsRuntime::new(RuntimeOptions {
        startup_snapshot: Some(Box::leak(snapshot.into_boxed_slice())),
        skip_op_registration: true,
        extensions: extension::extensions(),
        ..RuntimeOptions::default()
    });
    let compiler = Rc::new(Compiler { scripts: platform_scripts::all(), compiled: RefCell::default() });
    runtime.op_state().borrow_mut().put::<Rc<dyn Host>>(Rc::clone(&compiler) as Rc<dyn Host>);
    runtime.execute_script("load.js", "__jsrun.intrinsics.loadWebGlobals()").expect("the globals load");
    runtime.execute_script("use.js", USE).expect("the globals work");
    deno_core::scope!(scope, runtime);
    for (index, function) in compiler.compiled.take() {
        let function = v8::Local::new(scope, function);
        let code = function.create_code_cache().expect("it has code");
        std::fs::write(platform_scripts::code_file(folder, index), &code[..]).expect("OUT_DIR is writable");
    }
}

/// Compiles what is loaded, and remembers it.
struct Compiler {
    scripts: Vec<(&'static str, String)>,
    compiled: RefCell<Vec<(usize, v8::Global<v8::Function>)>>,
}

impl Host for Compiler {
    fn console<'s>(&self, _: &mut v8::PinScope<'s, '_>, _: u32, _: &[v8::Local<'s, v8::Value>]) {}

    fn is_debugged(&self) -> bool {
        false
    }

    fn show_debuggers<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: u32,
        _: &[v8::Local<'s, v8::Value>],
        _: Option<usize>,
    ) {
    }

    fn console_implementation<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: u32,
        _: &[v8::Local<'s, v8::Value>],
    ) {
    }

    fn uncaught<'s>(&self, _: &mut v8::PinScope<'s, '_>, _: v8::Local<'s, v8::Value>) {}

    fn timer_begins(&self, _: f64, _: bool) -> Option<u32> {
        None
    }

    fn timer_ends(&self, _: bool) {}

    fn begin_undivided(&self) -> bool {
        true
    }

    fn end_undivided(&self) {}

    fn load_global<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: v8::Local<'s, v8::Name>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let load = v8::String::new(scope, "__jsrun.intrinsics.loadGlobal")?;
        let load = v8::Script::compile(scope, load, None)?.run(scope)?;
        let load: v8::Local<v8::Function> = load.try_into().ok()?;
        load.call(scope, load.into(), &[name.into()])
    }

    fn platform_script<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        name: &str,
    ) -> Option<v8::Local<'s, v8::Function>> {
        let index = self.scripts.iter().position(|(script, _)| *script == name)?;
        let text = deno_core::wrap_lazy_ext_script(&self.scripts[index].1);
        let text = v8::String::new(scope, &text)?;
        let name = v8::String::new(scope, name)?;
        let origin =
            v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
        let parameter = v8::String::new(scope, extension::PLATFORM_SCRIPT_PARAMETER)?;
        let mut source = Source::new(text, Some(&origin));
        let (options, reason) = (CompileOptions::NoCompileOptions, NoCacheReason::NoReason);
        let function = compile_function(scope, &mut source, &[parameter], &[], options, reason)?;
        self.compiled.borrow_mut().push((index, v8::Global::new(scope, function)));
        Some(function)
    }

    fn undisturbed<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        work: v8::Local<'s, v8::Function>,
        argument: v8::Local<'s, v8::Value>,
    ) -> Option<v8::Local<'s, v8::Value>> {
        let undefined = v8::undefined(scope).into();
        work.call(scope, undefined, &[argument])
    }
}
