//! The names that a program could use: for who completes what is being typed.

use std::collections::BTreeSet;
use std::rc::Rc;

use deno_core::v8;

use crate::evaluation::compile_and_run;
use crate::local::LocalRuntime;
use crate::preview::{MOST_PROTOTYPES, read_string};
use crate::property::{LONGEST_NAME, find_data_property};
use crate::repl::Repl;

/// More names are not given.
const MOST_NAMES: usize = 5_000;

impl LocalRuntime {
    /// The names of properties, own and inherited, of the object that a path of names leads to, in alphabetical order and
    /// without indices; an empty path leads to all global names, `let`, `const` and `class` included. At most 5,000.
    ///
    /// Runs none of the program's code: a path through a getter or a proxy leads nowhere.
    ///
    /// ```
    /// let mut runtime = jsrun::LocalRuntime::new()?;
    /// assert!(runtime.names(&["Math"]).contains(&"cos".to_owned()));
    /// assert!(runtime.names(&[]).contains(&"Math".to_owned()));
    /// # Ok::<(), jsrun::Error>(())
    /// ```
    pub fn names(&mut self, path: &[&str]) -> Vec<String> {
        if self.is_closed() {
            return Vec::new();
        }
        let tokio = Rc::clone(&self.tokio);
        let _guard = tokio.enter();
        let lexical = self.lexical_names();
        let mut names = BTreeSet::new();
        let js = self.js();
        deno_core::scope!(scope, js);
        v8::tc_scope!(let scope, scope);
        if let Some(object) = follow(scope, &lexical, path) {
            collect(scope, object, &mut names);
        }
        if path.is_empty() {
            names.extend(lexical);
        }
        names.into_iter().take(MOST_NAMES).collect()
    }

    /// The names of top-level `let`, `const` and `class`, which are no properties of the global object.
    fn lexical_names(&mut self) -> Vec<String> {
        let mut repl = match self.repl.take() {
            Some(repl) => repl,
            None => Repl::new(self),
        };
        let names = repl.lexical_names(self);
        self.repl = Some(repl);
        names
    }
}

/// The object at a path from the globals. A primitive's is what its properties are those of.
fn follow<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    lexical: &[String],
    path: &[&str],
) -> Option<v8::Local<'s, v8::Object>> {
    let global = scope.get_current_context().global(scope);
    let Some((first, rest)) = path.split_first() else { return Some(global) };
    let mut value: v8::Local<v8::Value> = if *first == "this" {
        global.into()
    } else if lexical.iter().any(|name| name == first) {
        // Reading such a binding runs nothing; before its declaration it throws.
        let source = v8::String::new(scope, first)?;
        compile_and_run(scope, source, "ext:jsrun/names.js")?
    } else {
        property(scope, global, first)?
    };
    for name in rest {
        let object = as_object(scope, value)?;
        value = property(scope, object, name)?;
    }
    as_object(scope, value)
}

fn as_object<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    value: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Object>> {
    if value.is_null_or_undefined() || value.is_proxy() { None } else { value.to_object(scope) }
}

fn property<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    name: &str,
) -> Option<v8::Local<'s, v8::Value>> {
    let key = v8::String::new(scope, name)?;
    find_data_property(scope, object, key.into())
}

/// Adds the names of an object's properties, and of its prototypes'.
fn collect<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    names: &mut BTreeSet<String>,
) {
    let mut holder = object;
    for _ in 0..MOST_PROTOTYPES {
        // A proxy would be asked.
        if holder.is_proxy() {
            return;
        }
        let wanted = v8::GetPropertyNamesArgs {
            mode: v8::KeyCollectionMode::OwnOnly,
            property_filter: v8::PropertyFilter::SKIP_SYMBOLS,
            index_filter: v8::IndexFilter::SkipIndices,
            key_conversion: v8::KeyConversionMode::ConvertToString,
        };
        let Some(own) = holder.get_property_names(scope, wanted) else { return };
        for index in 0..own.length() {
            if names.len() >= MOST_NAMES {
                return;
            }
            let name =
                own.get_index(scope, index).and_then(|name| v8::Local::<v8::String>::try_from(name).ok());
            if let Some(name) = name {
                names.insert(read_string(scope, name, LONGEST_NAME).text);
            }
        }
        let Some(Ok(next)) = holder.get_prototype(scope).map(v8::Local::<v8::Object>::try_from) else {
            return;
        };
        holder = next;
    }
}
