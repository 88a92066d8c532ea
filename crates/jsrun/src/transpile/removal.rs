//! Types removed, and what TypeScript and JSX have beyond them made into JavaScript.
//!
//! `deno_ast` does the same with these transforms, but for the last of them: it ends with a pass that renames what was moved to
//! where another binding has its name, in time that grows with the square of the number of names alike (see `names.rs`). And it
//! lets nobody stop it between one transform and the next.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use deno_ast::swc::ast::{
    Class, ClassMember, Expr, Id, Ident, Module, ParamOrTsParamProp, Pass, Program, TsEnumDecl, TsModuleDecl,
};
use deno_ast::swc::common::SyntaxContext;
use deno_ast::swc::common::comments::SingleThreadedComments;
use deno_ast::swc::common::errors::{DiagnosticBuilder, Emitter, HANDLER, Handler, Level};
use deno_ast::swc::ecma_visit::{Visit, VisitWith, noop_visit_type};
use deno_ast::swc::transforms::helpers::{HELPERS, Helpers, inject_helpers};
use deno_ast::swc::transforms::hygiene::rename;
use deno_ast::swc::transforms::proposal::decorator_2022_03::decorator_2022_03;
use deno_ast::swc::transforms::{fixer, react, resolver, typescript};
use deno_ast::{EmittedSourceText, Marks, MediaType, SourceMap, StartSourcePos, TranspileOptions};

use super::Failure;
use super::emit::emit;
use super::names;
use super::parser::{Parsed, SPECIFIER};
use super::scopes::Origin;

/// The program without its types.
pub(super) fn remove_types(
    parsed: Parsed,
    code: &str,
    media_type: MediaType,
    is_stopped: &dyn Fn() -> bool,
) -> Result<EmittedSourceText, Failure> {
    refuse_fatal(&parsed)?;
    let Parsed { program, comments, .. } = parsed;
    let source_map = SourceMap::single(SPECIFIER.clone(), code.to_owned());
    let complaints = Complaints::default();
    let handler = Handler::with_emitter(true, false, Box::new(complaints.clone()));
    let program = deno_ast::Globals::default().with(|marks| {
        let mut transforms = Transforms { program: as_module(program), is_stopped };
        HANDLER.set(&handler, || {
            HELPERS.set(&Helpers::new(false), || transforms.run(media_type, &source_map, &comments, marks))
        })?;
        Ok::<_, Failure>(transforms.program)
    });
    if let Some(complaint) = complaints.first() {
        return Err(complaint);
    }
    emit(&program?, &comments, &source_map, code.len(), is_stopped)
}

/// Refuses what the parser has read and has errors about with which `deno_ast` refuses a program.
fn refuse_fatal(parsed: &Parsed) -> Result<(), Failure> {
    let mut diagnostics = parsed.diagnostics.iter().chain(&parsed.as_module).peekable();
    if diagnostics.peek().is_none() {
        return Ok(());
    }
    // Which errors those are only this function knows, which can be had for an empty program.
    let empty = Program::Module(Module::default());
    let source_map = SourceMap::single(SPECIFIER.clone(), String::new());
    deno_ast::Globals::default().with(|marks| {
        let comments = SingleThreadedComments::default();
        let options = TranspileOptions::default();
        deno_ast::fold_program(empty, &options, &source_map, &comments, marks, Box::new(diagnostics))
    })?;
    Ok(())
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

/// A program on its way through the transforms.
struct Transforms<'a> {
    program: Program,
    is_stopped: &'a dyn Fn() -> bool,
}

impl Transforms<'_> {
    fn run(
        &mut self,
        media_type: MediaType,
        source_map: &SourceMap,
        comments: &SingleThreadedComments,
        marks: &Marks,
    ) -> Result<(), Failure> {
        self.apply(resolver(marks.unresolved, marks.top_level, true))?;
        let mut written = Written::default();
        self.program.visit_with(&mut written);
        self.apply(decorator_2022_03())?;
        self.apply(inject_helpers(marks.top_level))?;
        let config = typescript::Config {
            no_empty_export: true,
            import_export_assign_config: typescript::TsImportExportAssignConfig::Preserve,
            ts_enum_is_mutable: true,
            native_class_properties: false,
            ..typescript::Config::default()
        };
        if matches!(media_type, MediaType::Jsx | MediaType::Tsx) {
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
            let map = source_map.inner();
            let (top_level, unresolved) = (marks.top_level, marks.unresolved);
            self.apply(typescript::tsx(map.clone(), config, pragmas, comments, unresolved, top_level))?;
            self.apply(react::react(map.clone(), Some(comments), options, top_level, unresolved))?;
        } else {
            self.apply(typescript::typescript(config, marks.unresolved, marks.top_level))?;
        }
        self.apply(fixer(Some(comments)))?;
        self.rename_moved(&written, SyntaxContext::empty().apply_mark(marks.unresolved))
    }

    fn apply(&mut self, mut transform: impl Pass) -> Result<(), Failure> {
        Failure::stop_if(self.is_stopped)?;
        transform.process(&mut self.program);
        Ok(())
    }

    /// Renames what has come to where another binding has its name.
    fn rename_moved(&mut self, written: &Written, unresolved: SyntaxContext) -> Result<(), Failure> {
        let origin = |name: &Ident| match written.names.contains(&name.to_id()) {
            true if name.ctxt == unresolved => Origin::Outside,
            true => Origin::Written,
            false => Origin::Made,
        };
        let mut made = FindsMade { origin: &origin, found: false };
        self.program.visit_with(&mut made);
        if !made.found && !written.is_moved {
            return Ok(());
        }
        let names = names::to_change(&self.program, &origin, self.is_stopped)?;
        if names.is_empty() { Ok(()) } else { self.apply(rename(&names.into_iter().collect())) }
    }
}

/// What a program has before it is changed.
#[derive(Default)]
struct Written {
    names: HashSet<Id>,
    /// Whether the transforms put what it has written into a scope that was none, under names that it has written.
    is_moved: bool,
}

impl Visit for Written {
    fn visit_ident(&mut self, name: &Ident) {
        self.names.insert(name.to_id());
    }

    /// A namespace becomes a function with a parameter of its name.
    fn visit_ts_module_decl(&mut self, module: &TsModuleDecl) {
        self.is_moved |= !module.declare;
        module.visit_children_with(self);
    }

    /// So does an enum, where the values of its members may have names of their own.
    fn visit_ts_enum_decl(&mut self, declaration: &TsEnumDecl) {
        let mut values = declaration.members.iter().filter_map(|member| member.init.as_deref());
        self.is_moved |= !values.all(|value| matches!(value, Expr::Lit(_)));
        declaration.visit_children_with(self);
    }

    /// Where a constructor takes properties, the values of the others go into it, where its parameters may be in their way.
    fn visit_class(&mut self, class: &Class) {
        let takes_properties = class.body.iter().any(|member| {
            matches!(member, ClassMember::Constructor(constructor)
                if constructor.params.iter().any(|it| matches!(it, ParamOrTsParamProp::TsParamProp(_))))
        });
        let has_values = class.body.iter().any(|member| match member {
            ClassMember::ClassProp(property) => property.value.is_some(),
            ClassMember::PrivateProp(property) => property.value.is_some(),
            ClassMember::AutoAccessor(_) => true,
            _ => false,
        });
        self.is_moved |= takes_properties && has_values;
        class.visit_children_with(self);
    }
}

/// Looks for names that the transforms have made.
struct FindsMade<'a> {
    origin: &'a dyn Fn(&Ident) -> Origin,
    found: bool,
}

impl Visit for FindsMade<'_> {
    noop_visit_type!();

    fn visit_ident(&mut self, name: &Ident) {
        self.found |= (self.origin)(name) == Origin::Made;
    }
}

/// What the transforms refuse.
#[derive(Clone, Default)]
struct Complaints(Rc<RefCell<Option<Complaint>>>);

/// What one refuses, and where.
struct Complaint {
    message: String,
    byte: Option<usize>,
}

impl Complaints {
    fn first(&self) -> Option<Failure> {
        self.0.take().map(|Complaint { message, byte }| Failure::Untransformed { message, byte })
    }
}

impl Emitter for Complaints {
    fn emit(&mut self, diagnostic: &mut DiagnosticBuilder<'_>) {
        if matches!(diagnostic.level, Level::Warning | Level::Note | Level::Help) {
            return;
        }
        let start = StartSourcePos::START_SOURCE_POS.as_byte_pos();
        let place = diagnostic.span.primary_span();
        let byte = place.map(|span| span.lo.0.saturating_sub(start.0) as usize);
        self.0.borrow_mut().get_or_insert_with(|| Complaint { message: diagnostic.message(), byte });
    }
}
