//! What a program is: a classic script, a program for V8's REPL mode, or a module.

use deno_ast::swc::ast::{
    self, ImportDecl, ImportPhase, ImportSpecifier, MetaPropExpr, MetaPropKind, Module, ModuleDecl,
    ModuleExportName, ModuleItem, Prop, PropName, PropOrSpread, Str,
};
use deno_ast::swc::ecma_visit::{Visit, VisitWith};
use deno_ast::{MediaType, SourceRange, SourceRangedForSpanned, StartSourcePos};
use deno_core::serde_json::{self, Value};
use jsrun_types::{Exception, ProgramKind, RunRequest};

use crate::dialect::Dialect;
use crate::modules::NAMES_ATTRIBUTE;
use crate::sources::{Changes, Place, Preamble, Sources};
use crate::transpile::{self, Parsed};

/// A program as V8 takes it.
pub(crate) enum Program {
    /// A classic script.
    Script(Script),
    /// For REPL mode: it uses top-level `await`, or imports, or is one of a session.
    Repl(Script),
    /// A module; its source is the request's.
    Module,
}

/// What to compile.
pub(crate) struct Script {
    pub(crate) code: String,
    pub(crate) name: String,
}

/// What a program in REPL mode begins with where debuggers may pause it: `deno_core` cannot wait in a pause before the
/// message is handed on that brought the program.
const PAUSABLE: &str = "await null;";

/// Makes of a request what V8 takes.
pub(crate) fn prepare(
    sources: &Sources,
    request: &RunRequest,
    debugged: bool,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Program, Exception> {
    match request.kind {
        ProgramKind::Module => return Ok(Program::Module),
        ProgramKind::Program => {}
    }
    let dialect = Dialect::of_program(request.language, &request.name);
    let shown = sources.shown(&request.name);
    let transpiled = transpile::transpile(&request.code, &shown, dialect, is_stopped)?;
    let Transformed { mut code, mut preamble } = match transform(&transpiled.code, is_stopped) {
        Shape::Module => return Ok(Program::Module),
        Shape::Plain => Transformed { code: transpiled.code, preamble: Preamble::default() },
        Shape::WithImports(transformed) => transformed,
    };
    let repl = request.keep_value || code.contains("await") || !preamble.text.is_empty();
    if repl && debugged {
        preamble.prepend(PAUSABLE);
        let begin = code.trim_start();
        if ["'use strict'", "\"use strict\""].iter().any(|directive| begin.starts_with(directive)) {
            preamble.prepend("'use strict';");
        }
    }
    code.insert_str(0, &preamble.text);
    let name = sources.register(&request.name, Changes { map: transpiled.map, preamble });
    let script = Script { code, name };
    Ok(if repl { Program::Repl(script) } else { Program::Script(script) })
}

/// Makes of a source a classic script, whatever it looks like.
pub(crate) fn prepare_script(
    sources: &Sources,
    code: &str,
    name: &str,
    dialect: Dialect,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Script, Exception> {
    let transpiled = transpile::transpile(code, name, dialect, is_stopped)?;
    let name = sources.register(name, Changes { map: transpiled.map, preamble: Preamble::default() });
    Ok(Script { code: transpiled.code, name })
}

enum Shape {
    Module,
    Plain,
    WithImports(Transformed),
}

/// A program whose import declarations are blank, and what stands for them.
struct Transformed {
    code: String,
    preamble: Preamble,
}

fn transform(code: &str, is_stopped: &dyn Fn() -> bool) -> Shape {
    // Nearly all programs have neither and need no parser but V8's.
    if !code.contains("import") && !code.contains("export") {
        return Shape::Plain;
    }
    transpile::on_large_stack(|| match transpile::parse(code, MediaType::JavaScript, is_stopped) {
        Ok(Parsed { program: ast::Program::Module(module), .. }) => of_module(&module, code),
        // V8 tells what is wrong, in its own words, when it compiles it as what it seems to be.
        Err(_) if has_declaration_lines(code) => Shape::Module,
        Ok(Parsed { program: ast::Program::Script(_), .. }) | Err(_) => Shape::Plain,
    })
}

fn has_declaration_lines(code: &str) -> bool {
    code.lines().any(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("import").or_else(|| line.strip_prefix("export"));
        rest.is_some_and(|rest| rest.starts_with([' ', '{', '*', '"', '\'']))
    })
}

fn of_module(module: &Module, code: &str) -> Shape {
    let mut imports = Vec::new();
    for item in &module.body {
        match item {
            ModuleItem::ModuleDecl(ModuleDecl::Import(import)) if import.phase == ImportPhase::Evaluation => {
                imports.push(import);
            }
            ModuleItem::ModuleDecl(_) => return Shape::Module,
            ModuleItem::Stmt(_) => {}
        }
    }
    let mut meta = FindsImportMeta(false);
    module.visit_with(&mut meta);
    if meta.0 {
        return Shape::Module;
    }
    if imports.is_empty() {
        return Shape::Plain;
    }
    let mut text = String::new();
    let mut parts = Vec::new();
    // The preamble would end the prologue in which the directive must stand.
    let statement = module.body.iter().find_map(|item| item.as_stmt());
    if statement.is_some_and(|statement| {
        statement.as_expr().is_some_and(|it| it.expr.as_lit().is_some_and(is_use_strict))
    }) {
        text.push_str("'use strict';");
    }
    let mut code = code.to_owned();
    for import in imports {
        let bytes = bytes_of(import.range());
        parts.push((columns(&text), Place::of_byte(&code, bytes_of(import.src.range()).start)));
        text.push_str(&dynamic_import(import));
        let blank = blank(&code[bytes.clone()]);
        code.replace_range(bytes, &blank);
    }
    // The value is that of the program, not of an import.
    text.push_str("void 0;");
    if code.starts_with("#!") {
        code.replace_range(..2, "//");
    }
    Shape::WithImports(Transformed { code, preamble: Preamble { text, parts } })
}

fn is_use_strict(literal: &deno_ast::swc::ast::Lit) -> bool {
    matches!(literal, deno_ast::swc::ast::Lit::Str(text) if text_of(text) == "use strict")
}

fn bytes_of(range: SourceRange) -> std::ops::Range<usize> {
    range.as_byte_range(StartSourcePos::START_SOURCE_POS)
}

fn columns(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// White space of the same lines and columns.
fn blank(text: &str) -> String {
    let mut blank = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => blank.push(character),
            _ => (0..character.len_utf16()).for_each(|_| blank.push(' ')),
        }
    }
    blank
}

/// One line that makes the bindings of an import declaration.
fn dynamic_import(import: &ImportDecl) -> String {
    let mut attributes = attributes_of(import);
    let mut namespace = None;
    let mut pattern = Vec::new();
    let mut names = Vec::new();
    for specifier in &import.specifiers {
        let (key, local) = match specifier {
            ImportSpecifier::Namespace(specifier) => {
                namespace = Some(specifier.local.sym.to_string());
                continue;
            }
            ImportSpecifier::Default(specifier) => ("default".to_owned(), &specifier.local),
            ImportSpecifier::Named(specifier) => {
                let key = match &specifier.imported {
                    Some(ModuleExportName::Str(name)) => text_of(name),
                    Some(ModuleExportName::Ident(name)) => name.sym.to_string(),
                    None => specifier.local.sym.to_string(),
                };
                (key, &specifier.local)
            }
        };
        pattern.push(format!("{}: {}", quoted(&key), local.sym));
        names.push(Value::String(key));
    }
    if !names.is_empty() {
        attributes.insert(NAMES_ATTRIBUTE.to_owned(), Value::String(Value::Array(names).to_string()));
    }
    let options = if attributes.is_empty() {
        String::new()
    } else {
        format!(", {{ with: {} }}", Value::Object(attributes))
    };
    let call = format!("await import({}{options})", quoted(&text_of(&import.src)));
    match (namespace, pattern.is_empty()) {
        (Some(namespace), true) => format!("const {namespace} = {call};"),
        (Some(namespace), false) => {
            format!("const {namespace} = {call}, {{ {} }} = {namespace};", pattern.join(", "))
        }
        (None, false) => format!("const {{ {} }} = {call};", pattern.join(", ")),
        (None, true) => format!("{call};"),
    }
}

fn attributes_of(import: &ImportDecl) -> serde_json::Map<String, Value> {
    let mut attributes = serde_json::Map::new();
    for property in import.with.iter().flat_map(|with| &with.props) {
        let PropOrSpread::Prop(property) = property else { continue };
        let Prop::KeyValue(property) = &**property else { continue };
        let key = match &property.key {
            PropName::Ident(name) => name.sym.to_string(),
            PropName::Str(name) => text_of(name),
            PropName::Num(_) | PropName::Computed(_) | PropName::BigInt(_) => continue,
        };
        if let Some(deno_ast::swc::ast::Lit::Str(value)) = property.value.as_lit() {
            attributes.insert(key, Value::String(text_of(value)));
        }
    }
    attributes
}

fn text_of(text: &Str) -> String {
    text.value.to_atom_lossy().to_string()
}

/// A string literal: JSON's are JavaScript's.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

struct FindsImportMeta(bool);

impl Visit for FindsImportMeta {
    fn visit_meta_prop_expr(&mut self, expression: &MetaPropExpr) {
        self.0 |= expression.kind == MetaPropKind::ImportMeta;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(code: &str) -> (String, String) {
        match transform(code, &|| false) {
            Shape::WithImports(transformed) => (transformed.preamble.text, transformed.code),
            Shape::Plain => panic!("plain: {code}"),
            Shape::Module => panic!("a module: {code}"),
        }
    }

    #[test]
    fn declarations_become_dynamic_imports() {
        for (code, expected) in [
            ("import 'a'", r#"await import("a");void 0;"#),
            ("import * as a from 'a'", r#"const a = await import("a");void 0;"#),
            (
                "import a, { b as c } from 'a'",
                r#"const { "default": a, "b": c } = await import("a", { with: {"jsrun:names":"[\"default\",\"b\"]"} });void 0;"#,
            ),
        ] {
            assert_eq!(imports(code).0, expected, "{code}");
        }
    }

    #[test]
    fn what_is_left_keeps_its_place() {
        let code = "/* é */ import { a }\n  from '🙂'; a();";
        let (_, left) = imports(code);
        assert_eq!(left.encode_utf16().count(), code.encode_utf16().count());
        assert_eq!(left.lines().nth(1).and_then(|line| line.find("a()")), Some(13));
    }

    #[test]
    fn exports_and_meta_make_a_module() {
        for code in ["export const a = 1", "export {}", "import.meta.url", "import 'a'; export * from 'b'"] {
            assert!(matches!(transform(code, &|| false), Shape::Module), "{code}");
        }
        for code in ["import('a')", "'export'", "const important = 1"] {
            assert!(matches!(transform(code, &|| false), Shape::Plain), "{code}");
        }
    }
}
