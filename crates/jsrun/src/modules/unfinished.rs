//! Modules that will never come to the end of their evaluation, because the call was stopped that evaluated them.
//!
//! V8 keeps such a module as it is for good, and with it whatever imports it. They are forgotten here, so that the next
//! import evaluates them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use deno_core::v8;

use super::map::{Entry, Key, Modules};
use super::record::Record;
use crate::owners::Owner;

/// The modules of a graph that an evaluation is about to begin with.
pub(super) struct Evaluation(Vec<(Key, Rc<Record>)>);

impl Evaluation {
    /// Notes for the modules of a linked graph that nobody has begun to evaluate who does now.
    pub(super) fn begin(scope: &v8::PinScope<'_, '_>, modules: &Modules, root: &Key, owner: Owner) -> Self {
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
    pub(super) fn stopped(self, scope: &v8::PinScope<'_, '_>, modules: &Modules) {
        let failed = self.0.into_iter().filter(|(_, record)| {
            v8::Local::new(scope, &record.module).get_status() == v8::ModuleStatus::Errored
        });
        modules.forget(scope, failed.map(|(key, _)| key).collect());
    }
}

impl Modules {
    /// Whether it has no module, nor an import under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty() && self.loads.borrow().is_empty()
    }

    /// Forgets what a stopped call has begun to import, and the modules in the middle of whose evaluation it was. Imports of
    /// other calls that wait for one of those begin anew: tells whether there are any.
    pub(crate) fn give_up(&self, scope: &mut v8::PinScope<'_, '_>, owner: Owner) -> bool {
        self.loads.borrow_mut().retain(|load| load.owner != owner);
        let of_owner: Vec<_> = {
            let entries = self.entries.borrow();
            let records = entries.iter().filter_map(|(key, entry)| match entry {
                Entry::Ready(record) if record.evaluator.get() == owner => Some((key, record)),
                _ => None,
            });
            records.map(|(key, record)| (key.clone(), Rc::clone(record))).collect()
        };
        let mut unfinished = BTreeSet::new();
        for (key, record) in of_owner {
            if is_unfinished(scope, &record) {
                unfinished.insert(key);
            }
        }
        self.forget(scope, unfinished)
    }

    /// Forgets modules and all that import them. Tells whether imports under way begin anew.
    fn forget(&self, scope: &v8::PinScope<'_, '_>, unfinished: BTreeSet<Key>) -> bool {
        if unfinished.is_empty() {
            return false;
        }
        let forgotten = with_importers(&self.entries.borrow(), unfinished);
        self.entries.borrow_mut().retain(|key, _| !forgotten.contains(key));
        let mut any = false;
        for load in self.loads.borrow_mut().iter_mut() {
            let pending = load.evaluation.as_ref().is_some_and(|evaluation| {
                v8::Local::new(scope, evaluation).state() == v8::PromiseState::Pending
            });
            if pending && load.target.as_ref().is_ok_and(|key| forgotten.contains(key)) {
                load.evaluation = None;
                any = true;
            }
        }
        any
    }
}

/// Whether a module has begun its evaluation and waits for something in it. Nothing of it runs just now.
fn is_unfinished(scope: &mut v8::PinScope<'_, '_>, record: &Record) -> bool {
    let module = v8::Local::new(scope, &record.module);
    // V8 says that it is evaluated while it waits, too. Asked again it gives a promise and runs nothing.
    if module.get_status() != v8::ModuleStatus::Evaluated || !module.is_source_text_module() {
        return false;
    }
    let promise = module.evaluate(scope).and_then(|value| v8::Local::<v8::Promise>::try_from(value).ok());
    promise.is_some_and(|promise| {
        promise.mark_as_handled();
        promise.state() == v8::PromiseState::Pending
    })
}

/// Some modules and all that import them, directly or not.
fn with_importers(entries: &BTreeMap<Key, Entry>, mut modules: BTreeSet<Key>) -> BTreeSet<Key> {
    let mut importers = BTreeMap::<&Key, Vec<&Key>>::new();
    for (key, entry) in entries {
        let Entry::Ready(record) = entry else { continue };
        for target in record.targets() {
            importers.entry(target).or_default().push(key);
        }
    }
    let mut next: Vec<Key> = modules.iter().cloned().collect();
    while let Some(module) = next.pop() {
        for importer in importers.get(&module).into_iter().flatten() {
            if modules.insert((*importer).clone()) {
                next.push((*importer).clone());
            }
        }
    }
    modules
}
