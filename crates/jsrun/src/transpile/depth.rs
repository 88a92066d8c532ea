//! How deep a program nests, which is how deep the transforms recurse, and how often they go through what is nested.

use deno_ast::swc::ast::{
    ArrowExpr, BlockStmt, Class, ClassMember, Expr, Function, JSXElement, JSXFragment, JSXObject, ModuleDecl,
    Pat, Program, Stmt, TsEntityName, TsEnumDecl, TsModuleDecl, TsNamespaceBody, TsType,
};
use deno_ast::swc::common::{BytePos, Spanned};
use deno_ast::swc::ecma_visit::{Visit, VisitWith};

/// How deep expressions, statements, types and the like may nest within each other. The transforms take less than half of the
/// stack for that, whatever nests (measured).
pub(super) const DEEPEST: u32 = 6_000;

/// How deep classes may nest in what others extend: the transforms look twice at what is extended, hence four times at what that
/// extends, and so on.
const MOST_SUPERCLASSES: u32 = 10;

/// What the transforms may do beyond going through a program once, which nobody can stop: some 10 ns each, 0.3 s in all (measured).
const MOST_WORK: u64 = 30_000_000;

/// As much more for each node of the program: what long programs need that nest as deep as people write.
const WORK_FOR_EACH_NODE: u64 = 32;

/// What is done for each node within a scope: names are looked up from scope to scope.
const WORK_OF_A_SCOPE: u64 = 1;

/// Within a class with decorators: names are replaced in all of it, and in what the classes in it have become.
const WORK_OF_DECORATORS: u64 = 16;

/// Within an enum's values: they are folded as often as they nest.
const WORK_OF_AN_ENUM: u64 = 16;

/// The place at which a program nests too deep, or is too long for how deep it nests.
pub(super) fn too_deep(program: &Program) -> Option<BytePos> {
    let mut depth = Depth { now: 0, superclasses: 0, weight: 0, work: 0, nodes: 0, too_deep: None };
    program.visit_with(&mut depth);
    depth.too_deep
}

struct Depth {
    now: u32,
    superclasses: u32,
    /// What is done for each node here, beyond going there once.
    weight: u64,
    work: u64,
    nodes: u64,
    too_deep: Option<BytePos>,
}

impl Depth {
    fn enter<N: VisitWith<Self> + Spanned>(&mut self, node: &N) {
        self.nodes += 1;
        self.work += self.weight;
        if self.now == DEEPEST || self.work > MOST_WORK + self.nodes * WORK_FOR_EACH_NODE {
            self.too_deep.get_or_insert(node.span().lo);
            return;
        }
        if self.too_deep.is_none() {
            self.now += 1;
            node.visit_children_with(self);
            self.now -= 1;
        }
    }

    fn weigh(&mut self, more: u64, within: impl FnOnce(&mut Self)) {
        self.weight += more;
        within(self);
        self.weight -= more;
    }
}

/// Whatever may contain another of its kind is, or is in, one of these.
impl Visit for Depth {
    fn visit_class(&mut self, class: &Class) {
        class.decorators.visit_with(self);
        let is_decorated = !class.decorators.is_empty() || class.body.iter().any(is_decorated);
        let work = if is_decorated { WORK_OF_DECORATORS } else { 0 };
        self.weigh(work, |depth| class.body.visit_with(depth));
        class.type_params.visit_with(self);
        class.super_type_params.visit_with(self);
        class.implements.visit_with(self);
        let Some(superclass) = &class.super_class else { return };
        if self.superclasses == MOST_SUPERCLASSES {
            self.too_deep.get_or_insert(superclass.span().lo);
            return;
        }
        let work = 1 << self.superclasses;
        self.superclasses += 1;
        self.weigh(work, |depth| superclass.visit_with(depth));
        self.superclasses -= 1;
    }

    fn visit_arrow_expr(&mut self, node: &ArrowExpr) {
        self.weigh(WORK_OF_A_SCOPE, |depth| node.visit_children_with(depth));
    }

    fn visit_block_stmt(&mut self, node: &BlockStmt) {
        self.weigh(WORK_OF_A_SCOPE, |depth| node.visit_children_with(depth));
    }

    fn visit_function(&mut self, node: &Function) {
        self.weigh(WORK_OF_A_SCOPE, |depth| node.visit_children_with(depth));
    }

    fn visit_ts_enum_decl(&mut self, node: &TsEnumDecl) {
        self.weigh(WORK_OF_AN_ENUM, |depth| node.visit_children_with(depth));
    }

    fn visit_ts_module_decl(&mut self, node: &TsModuleDecl) {
        self.weigh(WORK_OF_A_SCOPE, |depth| node.visit_children_with(depth));
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

fn is_decorated(member: &ClassMember) -> bool {
    let decorators = match member {
        ClassMember::Method(method) => &method.function.decorators,
        ClassMember::PrivateMethod(method) => &method.function.decorators,
        ClassMember::ClassProp(property) => &property.decorators,
        ClassMember::PrivateProp(property) => &property.decorators,
        ClassMember::AutoAccessor(accessor) => &accessor.decorators,
        _ => return false,
    };
    !decorators.is_empty()
}
