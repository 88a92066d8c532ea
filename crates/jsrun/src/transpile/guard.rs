//! Tokens for a parser that must not outgrow its stack, nor go on when it is to stop.
//!
//! The parser recurses over what nests to the right (brackets, `a = b = c`), and asks for a token at each step: here it is told
//! that the program ends when too little of the stack is left. What nests to the left it reads in a loop: see `chains.rs`.

use std::cell::Cell;

use deno_ast::swc::ast::EsVersion;
use deno_ast::swc::common::BytePos;
use deno_ast::swc::lexer::common::context::Context;
use deno_ast::swc::lexer::common::input::Tokens;
use deno_ast::swc::lexer::common::syntax::SyntaxFlags;
use deno_ast::swc::lexer::error::Error;
use deno_ast::swc::lexer::lexer::{Lexer, TokenContexts, TokenFlags};
use deno_ast::swc::lexer::token::TokenAndSpan;

use super::chains::Chains;
use super::stack;

/// The tokens after which the guard asks whether the parser is to stop: some 10 µs.
const TOKENS_BETWEEN_LOOKS: u32 = 256;

/// Why the parser was made to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trip {
    /// At this byte position the program nests too deep.
    TooDeep(BytePos),
    Stopped,
}

/// What all copies of the tokens share.
pub(super) struct Guard<'a> {
    trip: Cell<Option<Trip>>,
    until_look: Cell<u32>,
    is_stopped: &'a dyn Fn() -> bool,
}

impl<'a> Guard<'a> {
    pub(super) fn new(is_stopped: &'a dyn Fn() -> bool) -> Self {
        Self { trip: Cell::new(None), until_look: Cell::new(TOKENS_BETWEEN_LOOKS), is_stopped }
    }

    /// Why the parser was made to end, if it was.
    pub(super) fn trip(&self) -> Option<Trip> {
        self.trip.get()
    }

    fn is_time_to_stop(&self) -> bool {
        let left = self.until_look.get();
        if left > 0 {
            self.until_look.set(left - 1);
            return false;
        }
        self.until_look.set(TOKENS_BETWEEN_LOOKS);
        (self.is_stopped)()
    }
}

/// A lexer's tokens, until the guard trips.
#[derive(Clone)]
pub(super) struct Guarded<'a> {
    lexer: Lexer<'a>,
    guard: &'a Guard<'a>,
    chains: Chains,
}

impl<'a> Guarded<'a> {
    pub(super) fn new(lexer: Lexer<'a>, guard: &'a Guard<'a>) -> Self {
        Self { lexer, guard, chains: Chains::default() }
    }
}

impl Iterator for Guarded<'_> {
    type Item = TokenAndSpan;

    fn next(&mut self) -> Option<TokenAndSpan> {
        if self.guard.trip.get().is_some() {
            return None;
        }
        let token = self.lexer.next()?;
        self.chains.count(&token.token);
        if self.chains.are_too_long() || !stack::has_room_to_parse() {
            self.guard.trip.set(Some(Trip::TooDeep(token.span.lo)));
            return None;
        }
        if self.guard.is_time_to_stop() {
            self.guard.trip.set(Some(Trip::Stopped));
            return None;
        }
        Some(token)
    }
}

impl Tokens<TokenAndSpan> for Guarded<'_> {
    type Checkpoint = Self;

    fn set_ctx(&mut self, context: Context) {
        self.lexer.set_ctx(context);
    }

    fn ctx(&self) -> Context {
        self.lexer.ctx()
    }

    fn ctx_mut(&mut self) -> &mut Context {
        self.lexer.ctx_mut()
    }

    fn syntax(&self) -> SyntaxFlags {
        self.lexer.syntax()
    }

    fn target(&self) -> EsVersion {
        self.lexer.target()
    }

    fn checkpoint_save(&self) -> Self {
        self.clone()
    }

    fn checkpoint_load(&mut self, checkpoint: Self) {
        *self = checkpoint;
    }

    fn start_pos(&self) -> BytePos {
        self.lexer.start_pos()
    }

    fn set_expr_allowed(&mut self, allow: bool) {
        self.lexer.set_expr_allowed(allow);
    }

    fn set_next_regexp(&mut self, start: Option<BytePos>) {
        self.lexer.set_next_regexp(start);
    }

    fn token_context(&self) -> &TokenContexts {
        self.lexer.token_context()
    }

    fn token_context_mut(&mut self) -> &mut TokenContexts {
        self.lexer.token_context_mut()
    }

    fn set_token_context(&mut self, contexts: TokenContexts) {
        self.lexer.set_token_context(contexts);
    }

    fn add_error(&mut self, error: Error) {
        self.lexer.add_error(error);
    }

    fn add_module_mode_error(&mut self, error: Error) {
        self.lexer.add_module_mode_error(error);
    }

    fn end_pos(&self) -> BytePos {
        self.lexer.end_pos()
    }

    fn take_errors(&mut self) -> Vec<Error> {
        self.lexer.take_errors()
    }

    fn take_script_module_errors(&mut self) -> Vec<Error> {
        self.lexer.take_script_module_errors()
    }

    fn update_token_flags(&mut self, update: impl FnOnce(&mut TokenFlags)) {
        self.lexer.update_token_flags(update);
    }

    fn token_flags(&self) -> TokenFlags {
        self.lexer.token_flags()
    }
}
