//! Linking and evaluating a module with all that it imports.

use std::collections::BTreeSet;
use std::rc::Rc;

use deno_core::v8;
use jsrun_types::Exception;

use super::error;
use super::graph::{Known, known};
use super::map::{Entry, Key, Modules};
use super::record::Record;
use crate::local::EngineState;
use crate::owners::Owner;

/// How far the evaluation of a graph is.
pub(super) enum Evaluated {
    /// V8 evaluates all of it, and promises to tell of the end.
    Whole(v8::Global<v8::Promise>),
    /// Some of it waits for modules that another call evaluates. Tells whether more of it has begun.
    Partly { begun: bool },
}

/// Evaluates a loaded graph, but for what imports modules in the middle of another call's evaluation: to be called again until that
/// has ended. V8 would go on with it in the other call's continuations, and it would be stopped with the other call. The
/// error is what to throw.
pub(super) fn evaluate(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    root: &Key,
    owner: Owner,
) -> Result<Evaluated, v8::Global<v8::Value>> {
    v8::tc_scope!(let scope, scope);
    evaluate_in(scope, state, root, owner).map_err(|Stopped| {
        match scope.exception().filter(|_| !scope.has_terminated()) {
            Some(thrown) => v8::Global::new(scope, thrown),
            // The caller of the run knows why, and this does not matter.
            None => error::from_exception(scope, &Exception::new("Error", "the import was stopped")),
        }
    })
}

/// Something was thrown, or JavaScript was stopped.
struct Stopped;

fn evaluate_in(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    root: &Key,
    owner: Owner,
) -> Result<Evaluated, Stopped> {
    // All of it before any is evaluated.
    let Linked::Yes = link(scope, state, root)? else { return Ok(Evaluated::Partly { begun: false }) };
    let waiting = state.modules.waiting_for_others(scope, root, owner);
    if !waiting.contains(root) {
        return evaluate_module(scope, state, root, owner).map(Evaluated::Whole);
    }
    let mut begun = false;
    let mut seen = BTreeSet::new();
    let mut next = vec![root.clone()];
    // In the order in which V8 comes to them.
    while let Some(key) = next.pop() {
        let Some(Known::Record(record)) = known(&state.modules, &key) else { continue };
        if v8::Local::new(scope, &record.module).get_status() != v8::ModuleStatus::Instantiated {
            // So is all that it imports.
            continue;
        }
        if waiting.contains(&key) {
            let targets: Vec<_> = record.targets().filter(|target| seen.insert((*target).clone())).collect();
            next.extend(targets.into_iter().rev().cloned());
        } else {
            evaluate_module(scope, state, &key, owner)?;
            begun = true;
        }
    }
    Ok(Evaluated::Partly { begun })
}

enum Linked {
    Yes,
    /// It is on the stack just now.
    Amid,
}

fn link(scope: &mut v8::PinScope<'_, '_>, state: &EngineState, key: &Key) -> Result<Linked, Stopped> {
    let Some(Known::Record(record)) = known(&state.modules, key) else { return Err(Stopped) };
    let module = v8::Local::new(scope, &record.module);
    match module.get_status() {
        v8::ModuleStatus::Uninstantiated => {
            let is_linked = module.instantiate_module(scope, imported_module) == Some(true);
            if is_linked { Ok(Linked::Yes) } else { Err(Stopped) }
        }
        v8::ModuleStatus::Instantiating | v8::ModuleStatus::Evaluating => Ok(Linked::Amid),
        v8::ModuleStatus::Instantiated | v8::ModuleStatus::Evaluated | v8::ModuleStatus::Errored => {
            Ok(Linked::Yes)
        }
    }
}

/// V8's promise that the evaluation of a linked module has ended.
fn evaluate_module(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    owner: Owner,
) -> Result<v8::Global<v8::Promise>, Stopped> {
    let Some(Known::Record(record)) = known(&state.modules, key) else { return Err(Stopped) };
    let evaluation = Evaluation::begin(scope, &state.modules, key, owner);
    let value = v8::Local::new(scope, &record.module).evaluate(scope);
    let Some(Ok(promise)) = value.map(v8::Local::<v8::Promise>::try_from) else {
        evaluation.stopped(scope, &state.modules);
        return Err(Stopped);
    };
    // Who imports hears of a rejection through a promise of their own.
    promise.mark_as_handled();
    let promise = v8::Global::new(scope, promise);
    state.uncaught.forget(&promise);
    Ok(promise)
}

/// V8's callback, called for each import of a module that is being linked.
fn imported_module<'s>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    // SAFETY: V8 called with this context, which is the current one.
    v8::callback_scope!(unsafe scope, context);
    let state = EngineState::of(scope)?;
    let referrer = state.modules.record_of(scope, referrer)?;
    let specifier = specifier.to_rust_string_lossy(scope);
    let json = super::record::is_json(&super::record::attributes(scope, attributes, 3));
    let request =
        referrer.requests.iter().find(|request| request.specifier == specifier && request.json == json);
    if let Some(Ok(key)) = request.map(|request| &request.target)
        && let Some(Known::Record(record)) = known(&state.modules, key)
    {
        return Some(v8::Local::new(scope, &record.module));
    }
    let message = format!("Module import failed: {specifier:?} is gone");
    let thrown = error::type_error(scope, &message, None);
    let thrown = v8::Local::new(scope, thrown);
    scope.throw_exception(thrown);
    None
}

/// The modules of a graph that an evaluation is about to begin with.
struct Evaluation(Vec<(Key, Rc<Record>)>);

impl Evaluation {
    /// Notes for the modules of a linked graph that nobody has begun to evaluate who does now.
    fn begin(scope: &v8::PinScope<'_, '_>, modules: &Modules, root: &Key, owner: Owner) -> Self {
        let entries = modules.entries.borrow();
        let mut begun = Vec::new();
        let mut seen = BTreeSet::from([root]);
        let mut next = vec![root];
        while let Some(key) = next.pop() {
            let Some((key, Entry::Ready(record))) = entries.get_key_value(key) else { continue };
            if v8::Local::new(scope, &record.module).get_status() != v8::ModuleStatus::Instantiated {
                // So are all that it imports.
                continue;
            }
            record.evaluator.set(owner);
            begun.push((key.clone(), Rc::clone(record)));
            next.extend(record.targets().filter(|target| seen.insert(target)));
        }
        Self(begun)
    }

    /// V8 has stopped it: it calls the modules failed in which it was, without an error to throw.
    fn stopped(self, scope: &v8::PinScope<'_, '_>, modules: &Modules) {
        let failed = self.0.into_iter().filter(|(_, record)| {
            v8::Local::new(scope, &record.module).get_status() == v8::ModuleStatus::Errored
        });
        modules.forget(scope, failed.map(|(key, _)| key).collect());
    }
}
