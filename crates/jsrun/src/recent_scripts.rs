//! Short scripts that a host evaluates again and again, kept compiled.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};

use deno_core::v8;

use crate::evaluation;
use crate::slice::Broken;

/// How many scripts are kept, each at a place that its text decides.
const PLACES: usize = 16;
/// The longest text that is kept, in bytes: for longer ones compiling costs more than what is saved here.
const LONGEST: usize = 256;

/// Scripts without a name of their own, as V8 compiles them. V8 itself remembers what it has compiled, but to find it there
/// takes as long as to run a short script.
#[derive(Default)]
pub(crate) struct RecentScripts {
    places: [Place; PLACES],
    /// The place of what was run last, which is likely to be run again.
    latest: Cell<usize>,
    hasher: RandomState,
}

#[derive(Default)]
struct Place {
    /// The hash of what was run here last.
    last: Cell<u64>,
    kept: RefCell<Option<Kept>>,
}

struct Kept {
    text: String,
    script: v8::Global<v8::UnboundScript>,
}

impl RecentScripts {
    /// Runs a script; gives its completion value.
    pub(crate) fn run<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        text: &str,
        name: &str,
    ) -> Result<v8::Local<'s, v8::Value>, Broken> {
        let script = self.find(scope, text, name).ok_or(Broken::Threw)?;
        script.run(scope).ok_or(Broken::Threw)
    }

    /// Lets go of all of them.
    pub(crate) fn clear(&self) {
        for place in &self.places {
            place.kept.take();
        }
    }

    fn find<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        text: &str,
        name: &str,
    ) -> Option<v8::Local<'s, v8::Script>> {
        if text.len() > LONGEST {
            return compile(scope, text, name);
        }
        if let Some(script) = self.places[self.latest.get()].find(scope, text) {
            return Some(script);
        }
        let hash = self.hasher.hash_one(text);
        let index = usize::try_from(hash % PLACES as u64).unwrap_or_default();
        let place = &self.places[index];
        self.latest.set(index);
        if let Some(script) = place.find(scope, text) {
            return Some(script);
        }
        let script = compile(scope, text, name)?;
        // Only what comes a second time: most scripts never do.
        if place.last.replace(hash) == hash {
            let unbound = script.get_unbound_script(scope);
            let kept = Kept { text: text.to_owned(), script: v8::Global::new(scope, unbound) };
            *place.kept.borrow_mut() = Some(kept);
        }
        Some(script)
    }
}

impl Place {
    fn find<'s>(&self, scope: &mut v8::PinScope<'s, '_>, text: &str) -> Option<v8::Local<'s, v8::Script>> {
        let kept = self.kept.borrow();
        let kept = kept.as_ref().filter(|kept| kept.text == text)?;
        Some(v8::Local::new(scope, &kept.script).bind_to_current_context(scope))
    }
}

fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    text: &str,
    name: &str,
) -> Option<v8::Local<'s, v8::Script>> {
    let text = v8::String::new(scope, text)?;
    evaluation::compile(scope, text, name)
}
