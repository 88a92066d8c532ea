//! The web platform's scripts, left as files and as a list of them for `src/platform_scripts.rs`.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::extension;

pub(crate) fn keep(folder: &Path) {
    let mut list = "[\n".to_owned();
    for (index, (name, source)) in all().into_iter().enumerate() {
        let source = deno_core::wrap_lazy_ext_script(&source);
        assert!(source.is_ascii(), "{name}: V8 is to use the bytes where they are");
        let file = format!("platform_script_{index}.js");
        std::fs::write(folder.join(&file), source).expect("OUT_DIR is writable");
        // Until there is code for it.
        std::fs::write(code_file(folder, index), []).expect("OUT_DIR is writable");
        let source = format!("include_str!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))");
        let code = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/platform_script_{index}.code\"))");
        writeln!(list, "    Script {{ name: {name:?}, source: {source}, code: {code} }},")
            .expect("a string takes everything");
    }
    list.push_str("]\n");
    std::fs::write(folder.join("platform_scripts.rs"), list).expect("OUT_DIR is writable");
}

/// Where the code of a script is.
pub(crate) fn code_file(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("platform_script_{index}.code"))
}

/// Names and sources, by name.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let mut scripts: Vec<_> = extension::platform()
        .iter()
        .flat_map(|extension| extension.lazy_loaded_js_files.iter())
        .map(|file| {
            let source = file.load().expect("cargo has unpacked it");
            (file.specifier, inherit_nothing(file.specifier, source.as_str()))
        })
        .collect();
    scripts.sort_unstable();
    scripts
}

/// `deno_webidl` keeps its converters by name in an array, to which all scripts add theirs by assignment: what a program has
/// made permanent on `Array.prototype` would get them, or refuse them.
fn inherit_nothing(name: &str, source: &str) -> String {
    const CONVERTERS: &str = "const converters = [];";
    if name != "ext:deno_webidl/00_webidl.js" {
        return source.to_owned();
    }
    assert!(source.contains(CONVERTERS), "deno_webidl has its converters elsewhere now");
    source.replacen(CONVERTERS, "const converters = { __proto__: null };", 1)
}
