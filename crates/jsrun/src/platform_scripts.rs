//! The web platform's scripts: in the binary as text and as code, for when a runtime first needs what they define.

use deno_core::v8;
use v8::script_compiler::{CachedData, CompileOptions, NoCacheReason, Source, compile_function};

use crate::extension::PLATFORM_SCRIPT_PARAMETER;

/// A script, as the body of a function.
struct Script {
    name: &'static str,
    source: &'static str,
    /// What V8 has made of it. Empty for scripts that nothing loads.
    code: &'static [u8],
}

/// By name, from the build script.
static SCRIPTS: &[Script] = &include!(concat!(env!("OUT_DIR"), "/platform_scripts.rs"));

/// A function that evaluates a script when it is called with what the script builds on. `None` when V8 has thrown.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    name: &str,
) -> Option<v8::Local<'s, v8::Function>> {
    let index = SCRIPTS.binary_search_by_key(&name, |script| script.name).ok()?;
    SCRIPTS[index].compile(scope).map(|compiled| compiled.function)
}

struct Compiled<'s> {
    function: v8::Local<'s, v8::Function>,
    /// V8 has not taken the code, because its flags are others. It has compiled the script then.
    #[cfg_attr(not(test), expect(dead_code, reason = "either way there is a function"))]
    rejected: bool,
}

impl Script {
    fn compile<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> Option<Compiled<'s>> {
        let text = v8::String::new_external_onebyte_static(scope, self.source.as_bytes())?;
        let name = v8::String::new(scope, self.name)?;
        let parameter = v8::String::new(scope, PLATFORM_SCRIPT_PARAMETER)?;
        let origin =
            v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, -1, None, false, false, false, None);
        let mut source = Source::new_with_cached_data(text, Some(&origin), CachedData::new(self.code));
        let (options, reason) = (CompileOptions::ConsumeCodeCache, NoCacheReason::NoReason);
        let function = compile_function(scope, &mut source, &[parameter], &[], options, reason)?;
        let rejected = source.get_cached_data().is_none_or(CachedData::rejected);
        Some(Compiled { function, rejected })
    }
}

#[cfg(test)]
mod tests {
    use deno_core::v8;

    use super::SCRIPTS;
    use crate::LocalRuntime;

    #[test]
    fn v8_takes_the_code_of_scripts() {
        let mut runtime = LocalRuntime::new().expect("a runtime starts");
        let tokio = std::rc::Rc::clone(&runtime.tokio);
        let _guard = tokio.enter();
        let js = runtime.js();
        deno_core::scope!(scope, js);
        v8::tc_scope!(let scope, scope);
        let mut taken = 0;
        for script in SCRIPTS.iter().filter(|script| !script.code.is_empty()) {
            let compiled = script.compile(scope).expect("it compiles");
            assert!(!compiled.rejected, "{}", script.name);
            taken += 1;
        }
        assert!(taken > 10, "{taken}");
    }
}
