//! Types removed where nothing but types is to be removed: in time that grows with the program's length.
//!
//! `deno_ast` ends with a pass that renames what its transforms have moved to where another binding has its name. That pass
//! takes time with the square of the number of functions, and most programs have nothing that is moved: they are emitted
//! without it.

use std::cell::Cell;
use std::rc::Rc;

use deno_ast::swc::ast::{
    Class, ClassMember, Decorator, Expr, Ident, Module, ParamOrTsParamProp, Program, TsEnumDecl,
    TsExportAssignment, TsImportEqualsDecl, TsModuleDecl,
};
use deno_ast::swc::common::SyntaxContext;
use deno_ast::swc::common::errors::{DiagnosticBuilder, Emitter, HANDLER, Handler};
use deno_ast::swc::ecma_visit::{Visit, VisitWith};
use deno_ast::swc::transforms::{fixer, react, resolver, typescript};
use deno_ast::{EmittedSourceText, MediaType, SourceMap};
use std::collections::HashSet;

use super::Failure;
use super::emit::emit;
use super::parser::{Parsed, SPECIFIER};

/// Whether nothing of the program is moved to another place.
pub(super) fn moves_nothing(parsed: &Parsed) -> bool {
    let mut found = FindsMoved(false);
    parsed.program.visit_with(&mut found);
    !found.0 && parsed.diagnostics.is_empty()
}

/// The program without its types; `None` when it needs more than that.
pub(super) fn strip(
    parsed: Parsed,
    code: &str,
    media_type: MediaType,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Option<EmittedSourceText>, Failure> {
    Failure::stop_if(is_stopped)?;
    let Parsed { program, comments, .. } = parsed;
    let program = as_module(program);
    let source_map = SourceMap::single(SPECIFIER.clone(), code.to_owned());
    let complained = Rc::new(Cell::new(false));
    let handler = Handler::with_emitter(true, false, Box::new(Complaints(Rc::clone(&complained))));
    let program = deno_ast::Globals::default().with(|marks| {
        let program = program.apply(resolver(marks.unresolved, marks.top_level, true));
        let mut before = Names::default();
        program.visit_with(&mut before);
        let config = typescript::Config {
            no_empty_export: true,
            import_export_assign_config: typescript::TsImportExportAssignConfig::Preserve,
            ts_enum_is_mutable: true,
            native_class_properties: false,
            ..typescript::Config::default()
        };
        let has_jsx = matches!(media_type, MediaType::Jsx | MediaType::Tsx);
        let program = HANDLER.set(&handler, || {
            if !has_jsx {
                return program.apply(typescript::typescript(config, marks.unresolved, marks.top_level));
            }
            let pragmas = typescript::TsxConfig {
                pragma: Some("React.createElement".into()),
                pragma_frag: Some("React.Fragment".into()),
            };
            #[expect(
                deprecated,
                reason = "`deno_ast` has properties spread by `Object.assign`, and so have we"
            )]
            let options = react::Options {
                pragma: Some("React.createElement".into()),
                pragma_frag: Some("React.Fragment".into()),
                use_builtins: Some(true),
                throw_if_namespace: Some(false),
                ..react::Options::default()
            };
            let inner = source_map.inner().clone();
            program.apply((
                typescript::tsx(inner.clone(), config, pragmas, &comments, marks.unresolved, marks.top_level),
                react::react(inner, Some(&comments), options, marks.top_level, marks.unresolved),
            ))
        });
        let outside = [marks.unresolved, marks.top_level].map(|mark| SyntaxContext::empty().apply_mark(mark));
        before.0.extend(outside);
        before.0.insert(SyntaxContext::empty());
        let mut made = FindsMade { known: &before, found: false };
        program.visit_with(&mut made);
        (!made.found && !complained.get()).then(|| program.apply(fixer(Some(&comments))))
    });
    let Some(program) = program else { return Ok(None) };
    Failure::stop_if(is_stopped)?;
    emit(&program, &comments, &source_map, code.len(), is_stopped).map(Some)
}

/// A script, too, as `deno_ast` has it: the transforms import for JSX in modules only.
pub(super) fn as_module(program: Program) -> Program {
    match program {
        Program::Module(module) => Program::Module(module),
        Program::Script(script) => Program::Module(Module {
            span: script.span,
            body: script.body.into_iter().map(Into::into).collect(),
            shebang: script.shebang,
        }),
    }
}

/// Looks for what the transforms move to another scope, or give names of their own.
struct FindsMoved(bool);

impl Visit for FindsMoved {
    fn visit_decorator(&mut self, _: &Decorator) {
        self.0 = true;
    }

    fn visit_ts_module_decl(&mut self, module: &TsModuleDecl) {
        self.0 |= !module.declare;
    }

    fn visit_ts_import_equals_decl(&mut self, _: &TsImportEqualsDecl) {
        self.0 = true;
    }

    fn visit_ts_export_assignment(&mut self, _: &TsExportAssignment) {
        self.0 = true;
    }

    fn visit_ts_enum_decl(&mut self, declaration: &TsEnumDecl) {
        let mut values = declaration.members.iter().filter_map(|member| member.init.as_deref());
        self.0 |= !values.all(|value| matches!(value, Expr::Lit(_)));
    }

    fn visit_class(&mut self, class: &Class) {
        let takes_properties = class.body.iter().any(|member| {
            matches!(member, ClassMember::Constructor(constructor)
                if constructor.params.iter().any(|it| matches!(it, ParamOrTsParamProp::TsParamProp(_))))
        });
        // Their values go into the constructor, where its parameters are in the way.
        let has_values = class.body.iter().any(|member| match member {
            ClassMember::ClassProp(property) => property.value.is_some(),
            ClassMember::PrivateProp(property) => property.value.is_some(),
            ClassMember::AutoAccessor(_) => true,
            _ => false,
        });
        self.0 |= takes_properties && has_values;
        class.visit_children_with(self);
    }
}

/// The scopes of a program's names.
#[derive(Default)]
struct Names(HashSet<SyntaxContext>);

impl Visit for Names {
    fn visit_ident(&mut self, name: &Ident) {
        self.0.insert(name.ctxt);
    }
}

/// Looks for names that the transforms have made.
struct FindsMade<'a> {
    known: &'a Names,
    found: bool,
}

impl Visit for FindsMade<'_> {
    fn visit_ident(&mut self, name: &Ident) {
        self.found |= !self.known.0.contains(&name.ctxt);
    }
}

/// Notes that a transform refuses something. Who is to hear why hears it from `deno_ast`.
struct Complaints(Rc<Cell<bool>>);

impl Emitter for Complaints {
    fn emit(&mut self, _: &mut DiagnosticBuilder<'_>) {
        self.0.set(true);
    }
}
