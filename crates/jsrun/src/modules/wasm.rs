//! Wasm modules: their exports as those of a module, their imports as modules.
//! <https://github.com/WebAssembly/esm-integration>

use std::fmt::Write;

use deno_core::serde_json::Value;
use deno_core::v8;
use jsrun_types::{Exception, Position};

use super::error;
use super::map::Key;
use super::record::Record;
use super::source::ModuleContent;
use crate::intrinsics::call;
use crate::local::EngineState;
use crate::property::{data_property_text, own_data_property};

/// Compiles a Wasm module, and a module around it that makes its instance.
pub(super) fn compile(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    content: ModuleContent,
    position: Option<&Position>,
) -> Result<Record, v8::Global<v8::Value>> {
    let bytes = match content {
        ModuleContent::Bytes(bytes) => bytes,
        ModuleContent::Text(text) => from_base64(&text).ok_or_else(|| {
            let message =
                format!("{} is text, and not a Wasm module in base64", state.sources.shown(&key.url));
            error::type_error(scope, &message, position)
        })?,
    };
    if state.intrinsics().wasm.is_none() {
        // V8's compiler would end the process.
        let message = format!("{}: this runtime has no WebAssembly", state.sources.shown(&key.url));
        return Err(error::named(scope, "CompileError", &message, position));
    }
    let compiled = compile_bytes(scope, state, key, &bytes, position)?;
    let local = v8::Local::new(scope, &compiled);
    let code = wrapper(scope, state, local).ok_or_else(|| {
        error::from_exception(scope, &Exception::new("Error", "the Wasm module cannot be described"))
    })?;
    let mut record = Record::of_code(scope, state, key, &code, "ext:jsrun/wasm.js")?;
    record.wasm = Some(compiled);
    Ok(record)
}

fn compile_bytes(
    scope: &mut v8::PinScope<'_, '_>,
    state: &EngineState,
    key: &Key,
    bytes: &[u8],
    position: Option<&Position>,
) -> Result<v8::Global<v8::Value>, v8::Global<v8::Value>> {
    v8::tc_scope!(let scope, scope);
    if let Some(module) = v8::WasmModuleObject::compile(scope, bytes) {
        let module: v8::Local<v8::Value> = module.into();
        return Ok(v8::Global::new(scope, module));
    }
    let reason = scope
        .exception()
        .and_then(|thrown| data_property_text(scope, thrown.try_into().ok()?, "message"))
        .unwrap_or_else(|| "it cannot be compiled".to_owned());
    scope.reset();
    let message = format!("{}: {reason}", state.sources.shown(&key.url));
    Err(error::named(scope, "CompileError", &message, position))
}

/// The text of a module that imports what the Wasm module imports, makes its instance, and exports what that exports.
fn wrapper<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    state: &EngineState,
    module: v8::Local<'s, v8::Value>,
) -> Option<String> {
    let wasm = state.intrinsics().wasm.as_ref()?;
    let mut modules = names(scope, &wasm.imports, module, "module")?;
    modules.sort();
    modules.dedup();
    let exports = names(scope, &wasm.exports, module, "name")?;
    let mut code = String::new();
    let mut imports = String::new();
    for (index, name) in modules.iter().enumerate() {
        let quoted = Value::String(name.clone());
        let _ = writeln!(code, "import * as imported{index} from {quoted};");
        // Computed: a plain `__proto__` would be no property.
        let _ = write!(imports, "[{quoted}]: imported{index}, ");
    }
    let _ = writeln!(code, "const exports = import.meta.instantiate({{ {imports} }});");
    for (index, name) in exports.iter().enumerate() {
        let quoted = Value::String(name.clone());
        let _ = write!(
            code,
            "const exported{index} = exports[{quoted}];\nexport {{ exported{index} as {quoted} }};\n"
        );
    }
    Some(code)
}

/// One field of each of the descriptions that `WebAssembly.Module.imports` or `exports` gives.
fn names<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    describe: &v8::Global<v8::Function>,
    module: v8::Local<'s, v8::Value>,
    field: &str,
) -> Option<Vec<String>> {
    let descriptions: v8::Local<v8::Array> = call(scope, describe, None, &[module])?.try_into().ok()?;
    let mut names = Vec::new();
    for index in 0..descriptions.length() {
        let description: v8::Local<v8::Object> = descriptions.get_index(scope, index)?.try_into().ok()?;
        let name = own_data_property(scope, description, field)?;
        names.push(name.to_rust_string_lossy(scope));
    }
    Some(names)
}

/// Standard base64, with or without padding; white space does not count.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::from_base64;

    #[test]
    fn base64_is_read() {
        for (text, bytes) in
            [("AGFzbQ==", &b"\0asm"[..]), ("AGFz\nbQ", b"\0asm"), ("", b""), ("+/A=", b"\xfb\xf0")]
        {
            assert_eq!(from_base64(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(from_base64("(module)"), None);
    }
}
