//! Imports: loading a module with all that it imports, then having it evaluated.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::task::{Context, Poll};

use deno_core::v8;
use jsrun_types::Position;

use super::error;
use super::evaluation::{self, Evaluated};
use super::map::{Entry, Found, Key, Modules};
use super::record::Record;
use crate::local::{EngineState, LocalRuntime};
use crate::owners::Owner;

/// An import that is under way.
pub(super) struct Load {
    pub(super) target: Result<Key, v8::Global<v8::Value>>,
    /// The promise of who imports.
    pub(super) resolver: v8::Global<v8::PromiseResolver>,
    /// Where it was asked for.
    pub(super) position: Option<Position>,
    /// The exports that there must be.
    pub(super) names: Vec<String>,
    /// Who imports.
    pub(super) owner: Owner,
    /// V8's promise that the evaluation has ended.
    pub(super) evaluation: Option<v8::Global<v8::Promise>>,
}

/// What polling the imports has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Something happened: there may be more to do at once.
    pub(crate) advanced: bool,
    /// A source is to come from the host.
    pub(crate) waiting: bool,
}

/// How far a graph is loaded.
enum Graph {
    Loaded,
    Waiting,
    Failed(v8::Global<v8::Value>),
}

/// Goes on with all imports.
pub(crate) fn poll(runtime: &mut LocalRuntime, context: &mut Context<'_>) -> Progress {
    let state = Rc::clone(&runtime.state);
    let modules = &state.modules;
    if modules.loads.borrow().is_empty() {
        return Progress::default();
    }
    let js = runtime.js();
    deno_core::scope!(scope, js);
    let mut progress = Progress { advanced: receive(scope, &state, context), waiting: false };
    // Evaluating runs the program's code, which may import: nothing is borrowed then.
    let loads = modules.loads.take();
    for mut load in loads {
        if state.console.is_stopped() {
            // Perhaps it is another call's that is stopped.
            modules.loads.borrow_mut().push(load);
            continue;
        }
        match go_on(scope, &state, &mut load) {
            Step::Settled => progress.advanced = true,
            Step::Evaluates { begun } => {
                progress.advanced |= begun;
                modules.loads.borrow_mut().push(load);
            }
            Step::Waits => {
                progress.waiting = true;
                modules.loads.borrow_mut().push(load);
            }
        }
    }
    // Sources that were asked for just now are to wake the event loop.
    progress.advanced |= receive(scope, &state, context);
    if progress.advanced && !state.console.is_stopped() {
        scope.perform_microtask_checkpoint();
    }
    if modules.loads.borrow().is_empty() {
        // What failed may be there at the next try.
        modules.entries.borrow_mut().retain(|_, entry| !matches!(entry, Entry::Failed(_)));
    }
    progress
}

/// Takes the sources that have come. Tells whether there were any.
fn receive(scope: &mut v8::PinScope<'_, '_>, state: &EngineState, context: &mut Context<'_>) -> bool {
    let mut arrived = Vec::new();
    for (key, entry) in state.modules.entries.borrow_mut().iter_mut() {
        if let Entry::Loading { source, position } = entry
            && let Poll::Ready(source) = source.as_mut().poll(context)
        {
            arrived.push((key.clone(), source, position.take()));
        }
    }
    let any = !arrived.is_empty();
    for (key, source, position) in arrived {
        let entry = match source {
            Ok(source) => compiled(Record::compile(scope, state, &key, source, position.as_ref())),
            Err(host) => Entry::Failed(error::load_error(scope, &host, position.as_ref())),
        };
        state.modules.entries.borrow_mut().insert(key, entry);
    }
    any
}

fn compiled(result: Result<Record, v8::Global<v8::Value>>) -> Entry {
    match result {
        Ok(record) => Entry::Ready(Rc::new(record)),
        Err(thrown) => Entry::Failed(thrown),
    }
}

enum Step {
    Settled,
    Evaluates { begun: bool },
    Waits,
}

fn go_on(scope: &mut v8::PinScope<'_, '_>, state: &EngineState, load: &mut Load) -> Step {
    let key = match &load.target {
        Ok(key) => key.clone(),
        Err(thrown) => return reject(scope, load, thrown),
    };
    if load.evaluation.is_none() {
        match load_graph(scope, state, &key, load.position.as_ref()) {
            Graph::Waiting => return Step::Waits,
            Graph::Failed(thrown) => return reject(scope, load, &thrown),
            Graph::Loaded => {}
        }
        load.owner.enter(scope);
        let evaluated = evaluation::evaluate(scope, state, &key, load.owner);
        Owner::NOBODY.enter(scope);
        return match evaluated {
            Ok(Evaluated::Whole(evaluation)) => {
                load.evaluation = Some(evaluation);
                Step::Evaluates { begun: true }
            }
            Ok(Evaluated::Partly { begun }) => Step::Evaluates { begun },
            Err(thrown) => reject(scope, load, &thrown),
        };
    }
    let Some(evaluation) = &load.evaluation else { return Step::Evaluates { begun: false } };
    let evaluation = v8::Local::new(scope, evaluation);
    match evaluation.state() {
        v8::PromiseState::Pending => Step::Evaluates { begun: false },
        v8::PromiseState::Rejected => {
            let thrown = v8::Global::new(scope, evaluation.result(scope));
            reject(scope, load, &thrown)
        }
        v8::PromiseState::Fulfilled => match namespace(scope, state, &key, load) {
            Ok(namespace) => {
                let namespace = v8::Local::new(scope, namespace);
                // `None` means that the run is being stopped.
                let _ = v8::Local::new(scope, &load.resolver).resolve(scope, namespace);
                Step::Settled
            }
            Err(thrown) => reject(scope, load, &thrown),
        },
    }
}

fn reject(scope: &mut v8::PinScope<'_, '_>, load: &Load, thrown: &v8::Global<v8::Value>) -> Step {
    let thrown = v8::Local::new(scope, thrown);
    // `None` means that the run is being stopped.
    let _ = v8::Local::new(scope, &load.resolver).reject(scope, thrown);
    Step::Settled
}

/// Loads what is not loaded of a module and of all that it imports.
fn load_graph(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    root: &Key,
    position: Option<&Position>,
) -> Graph {
    let mut waiting = false;
    let mut seen = BTreeSet::from([root.clone()]);
    let mut next = vec![(root.clone(), position.cloned())];
    while let Some((key, position)) = next.pop() {
        let record = match known(&state.modules, &key) {
            Some(Known::Record(record)) => record,
            Some(Known::Loading) => {
                waiting = true;
                continue;
            }
            Some(Known::Failed(thrown)) => return Graph::Failed(thrown),
            None => {
                let entry = match state.modules.find(scope, &key.url, position.as_ref()) {
                    Ok(Found::Now(source)) => {
                        compiled(Record::compile(scope, state, &key, source, position.as_ref()))
                    }
                    Ok(Found::Later(source)) => Entry::Loading { source, position: position.clone() },
                    Err(thrown) => Entry::Failed(thrown),
                };
                state.modules.entries.borrow_mut().insert(key.clone(), entry);
                next.push((key, position));
                continue;
            }
        };
        for request in record.requests.iter().rev() {
            match &request.target {
                Ok(key) if seen.insert(key.clone()) => next.push((key.clone(), request.position.clone())),
                Ok(_) => {}
                Err(thrown) => return Graph::Failed(thrown.clone()),
            }
        }
    }
    if waiting { Graph::Waiting } else { Graph::Loaded }
}

pub(super) enum Known {
    Record(Rc<Record>),
    Loading,
    Failed(v8::Global<v8::Value>),
}

pub(super) fn known(modules: &Modules, key: &Key) -> Option<Known> {
    modules.entries.borrow().get(key).map(|entry| match entry {
        Entry::Ready(record) => Known::Record(Rc::clone(record)),
        Entry::Loading { .. } => Known::Loading,
        Entry::Failed(thrown) => Known::Failed(thrown.clone()),
    })
}

/// The namespace of an evaluated module, if it has the exports that are asked for.
fn namespace(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    load: &Load,
) -> Result<v8::Global<v8::Value>, v8::Global<v8::Value>> {
    let Some(Known::Record(record)) = known(&state.modules, key) else {
        let message = format!("Module import failed: {} is gone", state.sources.shown(&key.url));
        return Err(error::type_error(scope, &message, load.position.as_ref()));
    };
    let namespace = v8::Local::new(scope, &record.module).get_module_namespace();
    v8::tc_scope!(let scope, scope);
    if let Ok(object) = v8::Local::<v8::Object>::try_from(namespace) {
        for name in &load.names {
            let there = v8::String::new(scope, name)
                .is_some_and(|name| object.has_own_property(scope, name.into()) == Some(true));
            if !there {
                let url = state.sources.shown(&key.url);
                let message = format!("The module {url} does not provide an export named {name:?}");
                return Err(error::named(scope, "SyntaxError", &message, load.position.as_ref()));
            }
        }
    }
    Ok(v8::Global::new(scope, namespace))
}
