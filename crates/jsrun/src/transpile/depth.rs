//! How deep a program nests, which is how deep the transforms recurse.

use deno_ast::swc::ast::{
    Class, Expr, JSXElement, JSXFragment, JSXObject, ModuleDecl, Pat, Program, Stmt, TsEntityName,
    TsNamespaceBody, TsType,
};
use deno_ast::swc::common::{BytePos, Spanned};
use deno_ast::swc::ecma_visit::{Visit, VisitWith};

/// How deep expressions, statements, types and the like may nest within each other. The transforms take less than half of the
/// stack for that, whatever nests (measured).
pub(super) const DEEPEST: u32 = 6_000;

/// How deep classes may nest in what others extend: the transforms look twice at what is extended, hence four times at what that
/// extends, and so on.
const MOST_SUPERCLASSES: u32 = 10;

/// The place at which a program nests too deep.
pub(super) fn too_deep(program: &Program) -> Option<BytePos> {
    let mut depth = Depth { now: 0, superclasses: 0, too_deep: None };
    program.visit_with(&mut depth);
    depth.too_deep
}

struct Depth {
    now: u32,
    superclasses: u32,
    too_deep: Option<BytePos>,
}

impl Depth {
    fn enter<N: VisitWith<Self> + Spanned>(&mut self, node: &N) {
        if self.now == DEEPEST {
            self.too_deep.get_or_insert(node.span().lo);
            return;
        }
        if self.too_deep.is_none() {
            self.now += 1;
            node.visit_children_with(self);
            self.now -= 1;
        }
    }
}

/// Whatever may contain another of its kind is, or is in, one of these.
impl Visit for Depth {
    fn visit_class(&mut self, class: &Class) {
        class.decorators.visit_with(self);
        class.body.visit_with(self);
        class.type_params.visit_with(self);
        class.super_type_params.visit_with(self);
        class.implements.visit_with(self);
        let Some(superclass) = &class.super_class else { return };
        if self.superclasses == MOST_SUPERCLASSES {
            self.too_deep.get_or_insert(superclass.span().lo);
            return;
        }
        self.superclasses += 1;
        superclass.visit_with(self);
        self.superclasses -= 1;
    }

    fn visit_expr(&mut self, node: &Expr) {
        self.enter(node);
    }

    fn visit_jsx_element(&mut self, node: &JSXElement) {
        self.enter(node);
    }

    fn visit_jsx_fragment(&mut self, node: &JSXFragment) {
        self.enter(node);
    }

    fn visit_jsx_object(&mut self, node: &JSXObject) {
        self.enter(node);
    }

    fn visit_module_decl(&mut self, node: &ModuleDecl) {
        self.enter(node);
    }

    fn visit_pat(&mut self, node: &Pat) {
        self.enter(node);
    }

    fn visit_stmt(&mut self, node: &Stmt) {
        self.enter(node);
    }

    fn visit_ts_entity_name(&mut self, node: &TsEntityName) {
        self.enter(node);
    }

    fn visit_ts_namespace_body(&mut self, node: &TsNamespaceBody) {
        self.enter(node);
    }

    fn visit_ts_type(&mut self, node: &TsType) {
        self.enter(node);
    }
}
