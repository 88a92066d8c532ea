//! Modules that will never come to the end of their evaluation, because the call was stopped that evaluated them.
//!
//! V8 keeps such a module as it is for good, and with it whatever imports it. They are forgotten here, so that the next
//! import evaluates them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use deno_core::v8;

use super::graph::{Known, known};
use super::map::{Entry, Key, Modules};
use super::record::Record;
use crate::owners::Owner;

impl Modules {
    /// Whether it has no module, nor an import under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty() && self.loads.borrow().is_empty()
    }

    /// Forgets what a stopped call has begun to import, and the modules in the middle of whose evaluation it was. Imports of
    /// other calls that wait for one of those begin anew: tells whether there are any.
    pub(crate) fn give_up(&self, scope: &mut v8::PinScope<'_, '_>, owner: Owner) -> bool {
        self.loads.borrow_mut().retain(|load| load.owner != owner);
        self.forget_unfinished(scope, owner)
    }

    /// Forgets the modules in the middle of whose evaluation one is. Imports that wait for one of those begin anew: tells whether
    /// there are any.
    pub(crate) fn forget_unfinished(&self, scope: &mut v8::PinScope<'_, '_>, owner: Owner) -> bool {
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

    /// The modules of a linked graph that are in the middle of another call's evaluation, and what imports those. None once one of
    /// the graph has failed: then the root does at once.
    pub(super) fn waiting_for_others(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        root: &Key,
        owner: Owner,
    ) -> BTreeSet<Key> {
        let mut others = BTreeSet::new();
        let mut seen = BTreeSet::from([root.clone()]);
        let mut next = vec![root.clone()];
        while let Some(key) = next.pop() {
            let Some(Known::Record(record)) = known(self, &key) else { continue };
            if v8::Local::new(scope, &record.module).get_status() == v8::ModuleStatus::Errored {
                return BTreeSet::new();
            }
            next.extend(record.targets().filter(|target| seen.insert((*target).clone())).cloned());
            if record.evaluator.get() != owner && is_unfinished(scope, &record) {
                others.insert(key);
            }
        }
        if others.is_empty() { others } else { with_importers(&self.entries.borrow(), others) }
    }

    /// Forgets modules and all that import them. Tells whether imports under way begin anew.
    pub(super) fn forget(&self, scope: &v8::PinScope<'_, '_>, unfinished: BTreeSet<Key>) -> bool {
        if unfinished.is_empty() {
            return false;
        }
        let forgotten = with_importers(&self.entries.borrow(), unfinished);
        self.entries.borrow_mut().retain(|key, _| !forgotten.contains(key));
        let mut any = false;
        for load in self.loads.borrow_mut().iter_mut() {
            // Without an evaluation it waits, for the end of another's.
            let pending = load.evaluation.as_ref().is_none_or(|evaluation| {
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
    let is_asked = !record.is_finished.get()
        && module.get_status() == v8::ModuleStatus::Evaluated
        && module.is_source_text_module();
    if !is_asked {
        return false;
    }
    let promise = module.evaluate(scope).and_then(|value| v8::Local::<v8::Promise>::try_from(value).ok());
    // `None` means that everything is being stopped.
    let Some(promise) = promise else { return false };
    promise.mark_as_handled();
    let is_unfinished = promise.state() == v8::PromiseState::Pending;
    record.is_finished.set(!is_unfinished);
    is_unfinished
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
