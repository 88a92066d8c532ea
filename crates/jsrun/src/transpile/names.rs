//! Names that must change, since what they name has come to where another binding has the same name.
//!
//! A name in the tree carries the scope that it was resolved in; as text it is only a name. This reads the program as V8 will, scope by
//! scope, and finds where a name would mean another binding than its own. Of those two one gets a name that nothing else has, so that no
//! change asks for another. All of it takes time that grows with the program's length.

use std::collections::{HashMap, HashSet};

use deno_ast::swc::ast::{Id, Ident, Program};
use deno_ast::swc::atoms::Atom;
use deno_ast::swc::ecma_visit::VisitWith;

use super::Failure;
use super::scopes::{Name, Origin, Reader, Step};

/// The steps through a program's scopes from a look whether to stop to the next: less than a millisecond.
const STEPS_BETWEEN_LOOKS: usize = 1 << 16;

/// The names that must change, and what they change to. Of two in conflict that is one that a transform made, if it can be.
pub(super) fn to_change(
    program: &Program,
    origin: &dyn Fn(&Ident) -> Origin,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Vec<(Id, Atom)>, Failure> {
    Failure::stop_if(is_stopped)?;
    let mut reader = Reader::new(origin);
    program.visit_with(&mut reader);
    let Reader { names, symbols, scopes, steps, .. } = reader;
    if names.len() == symbols.len() {
        return Ok(Vec::new());
    }
    let mut walk = Walk {
        names: &names,
        bound: vec![Vec::new(); symbols.len()],
        times_bound: vec![0; names.len()],
        changes: vec![false; names.len()],
        depth: 0,
    };
    let mut entered = Vec::new();
    for steps in steps.chunks(STEPS_BETWEEN_LOOKS) {
        Failure::stop_if(is_stopped)?;
        for step in steps {
            match *step {
                Step::Enter(scope) => {
                    entered.push(scope);
                    walk.enter(&scopes[scope].declared);
                }
                Step::Use(name) => walk.use_name(name),
                Step::Leave => {
                    let scope = entered.pop().expect("a scope is left that was entered");
                    walk.leave(&scopes[scope].declared);
                }
            }
        }
    }
    let marks = walk.changes;
    let mut fresh = Fresh { taken: symbols.into_keys().collect(), next: HashMap::new() };
    let changed = names.into_iter().zip(marks).filter(|(_, is_changed)| *is_changed);
    Ok(changed.map(|(Name { id, .. }, _)| (id.clone(), fresh.name_like(&id.0))).collect())
}

/// A walk through a program's scopes, with what their names mean on the way.
struct Walk<'a> {
    names: &'a [Name],
    /// By symbol, what it is bound to in the scopes at hand, the innermost last.
    bound: Vec<Vec<Bound>>,
    /// By name, how often it is among those.
    times_bound: Vec<u32>,
    /// By name, whether it changes: then it is in nobody's way.
    changes: Vec<bool>,
    depth: u32,
}

#[derive(Clone, Copy)]
struct Bound {
    name: usize,
    depth: u32,
}

impl Walk<'_> {
    fn enter(&mut self, declared: &[usize]) {
        self.depth += 1;
        for name in declared {
            self.declare(*name);
        }
    }

    fn leave(&mut self, declared: &[usize]) {
        for name in declared {
            let symbol = self.names[*name].symbol;
            while self.innermost(symbol).is_some_and(|bound| bound.depth == self.depth) {
                self.unbind(symbol);
            }
        }
        self.depth -= 1;
    }

    fn declare(&mut self, name: usize) {
        let Name { symbol, origin, .. } = self.names[name];
        while let Some(bound) = self.innermost(symbol)
            && bound.depth == self.depth
        {
            if bound.name == name {
                return;
            }
            if origin == Origin::Made || self.names[bound.name].origin != Origin::Made {
                self.changes[name] = true;
                return;
            }
            self.change_innermost(symbol);
        }
        if !self.changes[name] {
            self.bound[symbol].push(Bound { name, depth: self.depth });
            self.times_bound[name] += 1;
        }
    }

    /// Nothing may be between where a name is used and where it is declared, or the whole program if it is not. A name that the
    /// program declares elsewhere means by its letters what it meant before: the transforms forget some references.
    fn use_name(&mut self, name: usize) {
        let Name { symbol, origin, .. } = self.names[name];
        if origin == Origin::Written && self.times_bound[name] == 0 {
            return;
        }
        while !self.changes[name]
            && let Some(bound) = self.innermost(symbol)
            && bound.name != name
        {
            let is_other_made = self.names[bound.name].origin == Origin::Made;
            if origin == Origin::Made && self.times_bound[name] > 0 && !is_other_made {
                self.changes[name] = true;
            } else {
                self.change_innermost(symbol);
            }
        }
    }

    /// What a symbol means here, once all that changes is changed.
    fn innermost(&mut self, symbol: usize) -> Option<Bound> {
        while let Some(bound) = self.bound[symbol].last().copied() {
            if !self.changes[bound.name] {
                return Some(bound);
            }
            self.unbind(symbol);
        }
        None
    }

    fn change_innermost(&mut self, symbol: usize) {
        if let Some(bound) = self.bound[symbol].last() {
            self.changes[bound.name] = true;
            self.unbind(symbol);
        }
    }

    fn unbind(&mut self, symbol: usize) {
        if let Some(bound) = self.bound[symbol].pop() {
            self.times_bound[bound.name] -= 1;
        }
    }
}

/// Makes names that nothing in the program has.
struct Fresh {
    taken: HashSet<Atom>,
    /// The number to try next, by what the name is to be like.
    next: HashMap<Atom, u32>,
}

impl Fresh {
    fn name_like(&mut self, name: &Atom) -> Atom {
        loop {
            let next = self.next.entry(name.clone()).or_insert(1);
            let fresh = Atom::from(format!("{name}{next}"));
            *next += 1;
            if self.taken.insert(fresh.clone()) {
                return fresh;
            }
        }
    }
}
