//! The scopes of a program, and what it does with names in them.

use std::collections::HashMap;

use deno_ast::swc::ast::{
    ArrowExpr, BindingIdent, BlockStmt, BlockStmtOrExpr, BreakStmt, CatchClause, ClassDecl, ClassExpr,
    Constructor, ContinueStmt, DefaultDecl, ExportSpecifier, Expr, FnDecl, FnExpr, ForInStmt, ForOfStmt,
    ForStmt, Function, GetterProp, Id, Ident, ImportDefaultSpecifier, ImportNamedSpecifier,
    ImportStarAsSpecifier, LabeledStmt, ModuleExportName, NamedExport, Param, SetterProp, StaticBlock,
    SwitchStmt, VarDecl, VarDeclKind,
};
use deno_ast::swc::atoms::Atom;
use deno_ast::swc::ecma_visit::{Visit, VisitWith, noop_visit_type};

/// A name with the scope that it was resolved in.
pub(super) struct Name {
    pub(super) id: Id,
    /// Which of the texts that names have.
    pub(super) symbol: usize,
    pub(super) origin: Origin,
}

/// Where a name is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The program, which declares it.
    Written,
    /// The program, which does not declare it.
    Outside,
    /// The transforms.
    Made,
}

/// What a program does with names, in the order of its text.
pub(super) enum Step {
    Enter(usize),
    Use(usize),
    Leave,
}

pub(super) struct Scope {
    pub(super) declared: Vec<usize>,
    /// The scope that what is declared with `var` belongs to.
    function: usize,
}

/// Which declaration the names of a pattern belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declares {
    Nothing,
    InScope,
    InFunction,
}

/// Reads a program's scopes.
pub(super) struct Reader<'a> {
    origin: &'a dyn Fn(&Ident) -> Origin,
    known: HashMap<Id, usize>,
    pub(super) names: Vec<Name>,
    pub(super) symbols: HashMap<Atom, usize>,
    pub(super) scopes: Vec<Scope>,
    pub(super) steps: Vec<Step>,
    scope: usize,
    declares: Declares,
}

impl<'a> Reader<'a> {
    pub(super) fn new(origin: &'a dyn Fn(&Ident) -> Origin) -> Self {
        Self {
            origin,
            known: HashMap::new(),
            names: Vec::new(),
            symbols: HashMap::new(),
            scopes: vec![Scope { declared: Vec::new(), function: 0 }],
            steps: vec![Step::Enter(0)],
            scope: 0,
            declares: Declares::Nothing,
        }
    }

    /// `None` for what is no binding whatever the scope.
    fn name(&mut self, ident: &Ident) -> Option<usize> {
        if ident.sym == "arguments" {
            return None;
        }
        let id = ident.to_id();
        if let Some(name) = self.known.get(&id) {
            return Some(*name);
        }
        let symbols = self.symbols.len();
        let symbol = *self.symbols.entry(id.0.clone()).or_insert(symbols);
        self.names.push(Name { id: id.clone(), symbol, origin: (self.origin)(ident) });
        self.known.insert(id, self.names.len() - 1);
        Some(self.names.len() - 1)
    }

    fn declare(&mut self, ident: &Ident, declares: Declares) {
        let scope = match declares {
            Declares::Nothing => return,
            Declares::InScope => self.scope,
            Declares::InFunction => self.scopes[self.scope].function,
        };
        if let Some(name) = self.name(ident) {
            self.scopes[scope].declared.push(name);
        }
    }

    fn in_function(&mut self, read: impl FnOnce(&mut Self)) {
        self.within(self.scopes.len(), read);
    }

    fn in_block(&mut self, read: impl FnOnce(&mut Self)) {
        self.within(self.scopes[self.scope].function, read);
    }

    fn within(&mut self, function: usize, read: impl FnOnce(&mut Self)) {
        let (scope, declares) = (self.scope, self.declares);
        self.scope = self.scopes.len();
        self.declares = Declares::Nothing;
        self.scopes.push(Scope { declared: Vec::new(), function });
        self.steps.push(Step::Enter(self.scope));
        read(self);
        self.steps.push(Step::Leave);
        (self.scope, self.declares) = (scope, declares);
    }

    fn read_pattern<N: VisitWith<Self>>(&mut self, pattern: &N, declares: Declares) {
        let before = std::mem::replace(&mut self.declares, declares);
        pattern.visit_with(self);
        self.declares = before;
    }

    /// A function's body, which has no scope of its own beside that of the parameters.
    fn read_body(&mut self, body: Option<&BlockStmt>) {
        if let Some(body) = body {
            body.stmts.visit_with(self);
        }
    }

    /// A declaration in the scope at hand, and what it is of.
    fn read_declared<N: VisitWith<Self>>(&mut self, ident: Option<&Ident>, of: &N) {
        if let Some(ident) = ident {
            self.declare(ident, Declares::InScope);
            ident.visit_with(self);
        }
        of.visit_with(self);
    }
}

impl Visit for Reader<'_> {
    noop_visit_type!();

    fn visit_ident(&mut self, ident: &Ident) {
        if let Some(name) = self.name(ident) {
            self.steps.push(Step::Use(name));
        }
    }

    /// Where it stands is a use of it, too: `var` may stand in a block that has something of the same name.
    fn visit_binding_ident(&mut self, ident: &BindingIdent) {
        self.declare(&ident.id, self.declares);
        self.visit_ident(&ident.id);
    }

    fn visit_expr(&mut self, node: &Expr) {
        let before = std::mem::replace(&mut self.declares, Declares::Nothing);
        node.visit_children_with(self);
        self.declares = before;
    }

    fn visit_var_decl(&mut self, node: &VarDecl) {
        let is_var = node.kind == VarDeclKind::Var;
        let declares = if is_var { Declares::InFunction } else { Declares::InScope };
        for declarator in &node.decls {
            self.read_pattern(&declarator.name, declares);
            declarator.init.visit_with(self);
        }
    }

    fn visit_param(&mut self, node: &Param) {
        node.decorators.visit_with(self);
        self.read_pattern(&node.pat, Declares::InScope);
    }

    /// In a block of a script that is not strict it is seen in the function around the block, too.
    fn visit_fn_decl(&mut self, node: &FnDecl) {
        self.declare(&node.ident, Declares::InFunction);
        self.read_declared(Some(&node.ident), &node.function);
    }

    fn visit_fn_expr(&mut self, node: &FnExpr) {
        self.in_block(|reader| reader.read_declared(node.ident.as_ref(), &node.function));
    }

    fn visit_class_decl(&mut self, node: &ClassDecl) {
        self.read_declared(Some(&node.ident), &node.class);
    }

    fn visit_class_expr(&mut self, node: &ClassExpr) {
        self.in_block(|reader| reader.read_declared(node.ident.as_ref(), &node.class));
    }

    fn visit_default_decl(&mut self, node: &DefaultDecl) {
        match node {
            DefaultDecl::Class(class) => self.read_declared(class.ident.as_ref(), &class.class),
            DefaultDecl::Fn(function) => self.read_declared(function.ident.as_ref(), &function.function),
            DefaultDecl::TsInterfaceDecl(_) => {}
        }
    }

    fn visit_function(&mut self, node: &Function) {
        node.decorators.visit_with(self);
        self.in_function(|reader| {
            node.params.visit_with(reader);
            reader.read_body(node.body.as_ref());
        });
    }

    fn visit_arrow_expr(&mut self, node: &ArrowExpr) {
        self.in_function(|reader| {
            reader.read_pattern(&node.params, Declares::InScope);
            match &*node.body {
                BlockStmtOrExpr::BlockStmt(body) => body.stmts.visit_with(reader),
                BlockStmtOrExpr::Expr(body) => body.visit_with(reader),
            }
        });
    }

    fn visit_constructor(&mut self, node: &Constructor) {
        node.key.visit_with(self);
        self.in_function(|reader| {
            node.params.visit_with(reader);
            reader.read_body(node.body.as_ref());
        });
    }

    fn visit_getter_prop(&mut self, node: &GetterProp) {
        node.key.visit_with(self);
        self.in_function(|reader| {
            reader.read_body(node.body.as_ref());
        });
    }

    fn visit_setter_prop(&mut self, node: &SetterProp) {
        node.key.visit_with(self);
        self.in_function(|reader| {
            reader.read_pattern(&node.param, Declares::InScope);
            reader.read_body(node.body.as_ref());
        });
    }

    fn visit_static_block(&mut self, node: &StaticBlock) {
        self.in_function(|reader| node.body.stmts.visit_with(reader));
    }

    fn visit_block_stmt(&mut self, node: &BlockStmt) {
        self.in_block(|reader| node.stmts.visit_with(reader));
    }

    fn visit_for_stmt(&mut self, node: &ForStmt) {
        self.in_block(|reader| node.visit_children_with(reader));
    }

    fn visit_for_in_stmt(&mut self, node: &ForInStmt) {
        self.in_block(|reader| node.visit_children_with(reader));
    }

    fn visit_for_of_stmt(&mut self, node: &ForOfStmt) {
        self.in_block(|reader| node.visit_children_with(reader));
    }

    fn visit_switch_stmt(&mut self, node: &SwitchStmt) {
        node.discriminant.visit_with(self);
        self.in_block(|reader| node.cases.visit_with(reader));
    }

    fn visit_catch_clause(&mut self, node: &CatchClause) {
        self.in_block(|reader| {
            if let Some(parameter) = &node.param {
                reader.read_pattern(parameter, Declares::InScope);
            }
            node.body.stmts.visit_with(reader);
        });
    }

    fn visit_import_named_specifier(&mut self, node: &ImportNamedSpecifier) {
        self.declare(&node.local, Declares::InScope);
    }

    fn visit_import_default_specifier(&mut self, node: &ImportDefaultSpecifier) {
        self.declare(&node.local, Declares::InScope);
    }

    fn visit_import_star_as_specifier(&mut self, node: &ImportStarAsSpecifier) {
        self.declare(&node.local, Declares::InScope);
    }

    /// What something is exported as is no name of a binding, nor is what comes from another module.
    fn visit_named_export(&mut self, node: &NamedExport) {
        if node.src.is_some() {
            return;
        }
        for specifier in &node.specifiers {
            if let ExportSpecifier::Named(named) = specifier
                && let ModuleExportName::Ident(ident) = &named.orig
            {
                self.visit_ident(ident);
            }
        }
    }

    fn visit_labeled_stmt(&mut self, node: &LabeledStmt) {
        node.body.visit_with(self);
    }

    fn visit_break_stmt(&mut self, _: &BreakStmt) {}

    fn visit_continue_stmt(&mut self, _: &ContinueStmt) {}
}
