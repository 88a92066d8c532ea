//! Types removed where more than types changes: decorators, namespaces, enums whose values are computed, parameter properties.

use deno_ast::{
    DecoratorsTranspileOption, EmittedSourceText, JsxRuntime, MediaType, SourceMap, TranspileOptions,
};

use super::Failure;
use super::emit::emit;
use super::parser::{Parsed, SPECIFIER};
use super::plain::as_module;

/// The program without its types, by all of `deno_ast`'s transforms.
pub(super) fn strip(
    parsed: Parsed,
    code: &str,
    media_type: MediaType,
    is_stopped: &dyn Fn() -> bool,
) -> Result<EmittedSourceText, Failure> {
    Failure::stop_if(is_stopped)?;
    let Parsed { program, comments, diagnostics, as_module: module_diagnostics } = parsed;
    let has_jsx = matches!(media_type, MediaType::Jsx | MediaType::Tsx);
    let options = TranspileOptions {
        decorators: DecoratorsTranspileOption::Ecma,
        jsx: has_jsx.then(JsxRuntime::default),
        ..TranspileOptions::default()
    };
    let source_map = SourceMap::single(SPECIFIER.clone(), code.to_owned());
    let program = deno_ast::Globals::default().with(|marks| {
        let diagnostics = Box::new(diagnostics.iter().chain(&module_diagnostics));
        deno_ast::fold_program(as_module(program), &options, &source_map, &comments, marks, diagnostics)
    })?;
    Failure::stop_if(is_stopped)?;
    emit(&program, &comments, &source_map, code.len(), is_stopped)
}
