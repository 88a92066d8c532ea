//! `deno_core` copies all that V8 defines, under some 2,000 names, for its scripts to use unharmed by programs. Each runtime
//! would read all of them. These here keep those that are used.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use deno_core::{Extension, JsRuntimeForSnapshot, RuntimeOptions, v8};

use crate::platform_scripts;

/// The names to keep.
static USED: OnceLock<BTreeSet<String>> = OnceLock::new();

/// Has the runtime that is made with the extensions keep what they and `deno_core` use.
pub(crate) fn keep_used(extensions: &mut [Extension]) {
    let Names { all, mut used } = watch_core();
    for (_, source) in platform_scripts::all() {
        used.extend(words(&source).filter(|word| all.contains(word)));
    }
    for extension in extensions.iter() {
        for file in extension.esm_files.iter() {
            let source = file.load().expect("it is ours");
            used.extend(words(source.as_str()).filter(|word| all.contains(word)));
        }
    }
    println!("{} of {} primordials are used", used.len(), all.len());
    USED.set(used).expect("it is called once");
    let last = extensions.last_mut().expect("there are extensions");
    last.global_object_middleware = Some(drop_unused);
}

fn words(source: &str) -> impl Iterator<Item = String> {
    source.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').map(str::to_owned)
}

struct Names {
    all: BTreeSet<String>,
    /// What `deno_core`'s own scripts ask for.
    used: BTreeSet<String>,
}

fn watch_core() -> Names {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _guard = tokio.enter();
    let watcher =
        Extension { name: "watcher", global_object_middleware: Some(watch), ..Extension::default() };
    let mut runtime =
        JsRuntimeForSnapshot::new(RuntimeOptions { extensions: vec![watcher], ..RuntimeOptions::default() });
    let mut names = |global| {
        let names = runtime.execute_script("names.js", global).expect("they were watched");
        deno_core::scope!(scope, runtime);
        let names = v8::Local::new(scope, names).to_rust_string_lossy(scope);
        names.split(',').map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let names = Names { all: names("__all.join()"), used: names("__used.join()") };
    // V8 wants it.
    runtime.snapshot();
    assert!(names.used.contains("ObjectFreeze"), "deno_core finds its primordials elsewhere now");
    names
}

/// Notes in `__used` what is read of `__bootstrap.primordials`, and in `__all` what there is.
fn watch(scope: &mut v8::PinScope<'_, '_>, _: v8::Local<'_, v8::Object>) {
    run(
        scope,
        r"{
          globalThis.__used = [];
          let watched;
          const get = (target, name) => {
            __used.push(String(name));
            return target[name];
          };
          globalThis.__bootstrap = {
            get primordials() { return watched; },
            set primordials(all) {
              globalThis.__all = Reflect.ownKeys(all);
              watched = new Proxy(all, { get });
            },
          };
        }",
    );
}

/// Removes the others from the object that has all of them, just before it is frozen: as the only one it has an `uncurryThis`.
fn drop_unused(scope: &mut v8::PinScope<'_, '_>, global: v8::Local<'_, v8::Object>) {
    let names: Vec<v8::Local<v8::Value>> = USED
        .get()
        .expect("it is set before")
        .iter()
        .map(|name| v8::String::new(scope, name).expect("it is short").into())
        .collect();
    let names = v8::Array::new_with_elements(scope, &names);
    let key = v8::String::new(scope, "__used").expect("it is short");
    global.set(scope, key.into(), names.into());
    run(
        scope,
        r"{
          let used = new Set(__used);
          delete globalThis.__used;
          const { freeze, hasOwn } = Object;
          const { deleteProperty, ownKeys } = Reflect;
          Object.freeze = (object) => {
            if (hasOwn(object, 'uncurryThis')) {
              object.ObjectFreeze = freeze;
              for (const name of ownKeys(object)) {
                if (!used.has(name)) {
                  deleteProperty(object, name);
                }
              }
              Object.freeze = freeze;
              // Scripts of `deno_core` go on using this function.
              used = undefined;
            }
            return freeze(object);
          };
        }",
    );
}

fn run(scope: &mut v8::PinScope<'_, '_>, code: &str) {
    let code = v8::String::new(scope, code).expect("it is short");
    let script = v8::Script::compile(scope, code, None).expect("it is JavaScript");
    script.run(scope).expect("it throws nothing");
}
