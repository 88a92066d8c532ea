//! How long the chains of a program may be, at the most, told from its tokens.
//!
//! What nests to the left (`a.b.c`, `a + b + c`, `else if`) the parser reads in a loop, but whatever it gives up, or has made, is
//! dropped by recursion over that, too. A chain has a token at each step, all within the same brackets, and neither a semicolon nor
//! a new statement among them.

use std::rc::Rc;

use deno_ast::swc::ast::AssignOp;
use deno_ast::swc::lexer::token::{BinOpToken, IdentLike, Keyword, Token, Word};

/// The tokens that a chain may have. Dropped, each step takes some 200 bytes of stack.
const MOST_TOKENS: u32 = 100_000;

/// How often `else` may follow without a semicolon: the parser goes through all arms that there are for each.
const MOST_ELSES: u32 = 10_000;

/// How many labels may be around another: the parser keeps an error for each pair of the same name.
const MOST_LABELS: u32 = 1_000;

/// What the tokens read so far say. The parser goes back and reads tokens again with a copy of what it had: this is cheap to copy.
#[derive(Clone, Default)]
pub(super) struct Chains {
    /// Since a chain of the innermost bracket may have begun.
    level: Level,
    /// The sums over all open brackets.
    tokens: u32,
    elses: u32,
    labels: u32,
    previous: Previous,
    outer: Option<Rc<Outer>>,
}

#[derive(Clone, Copy, Default)]
struct Level {
    tokens: u32,
    elses: u32,
    labels: u32,
    /// Whether a comma may stand in angle brackets, within a chain.
    in_angles: bool,
}

/// What is known of the chains around a bracket.
struct Outer {
    level: Level,
    outer: Option<Rc<Outer>>,
}

/// What the next token may mean.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Previous {
    #[default]
    Other,
    Semicolon,
    /// What no reserved word can follow in an expression.
    Name,
    Operand,
    /// After it a label may stand, within the statement that it is of.
    BeforeStatement,
    /// A closing parenthesis: an operand's, or of what is before a statement.
    Parenthesis,
    /// A name where a label may stand.
    Label,
}

impl Chains {
    pub(super) fn are_too_long(&self) -> bool {
        self.tokens > MOST_TOKENS || self.elses > MOST_ELSES || self.labels > MOST_LABELS
    }

    pub(super) fn count(&mut self, token: &Token) {
        let previous = std::mem::replace(&mut self.previous, Previous::Other);
        let is_else = matches!(token, Token::Word(Word::Keyword(Keyword::Else)));
        if previous == Previous::Semicolon && !is_else {
            self.elses -= self.level.elses;
            self.level.elses = 0;
        }
        if begins_statement(token, previous) {
            self.begin();
        }
        self.level.tokens += 1;
        self.tokens += 1;
        match token {
            Token::LParen | Token::LBracket | Token::LBrace | Token::DollarLBrace => {
                let outer = Outer { level: self.level, outer: self.outer.take() };
                self.outer = Some(Rc::new(outer));
                self.level = Level::default();
                self.previous = Previous::BeforeStatement;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                if let Some(outer) = self.outer.take() {
                    self.tokens -= self.level.tokens;
                    self.elses -= self.level.elses;
                    self.labels -= self.level.labels;
                    self.level = outer.level;
                    self.outer.clone_from(&outer.outer);
                }
                let is_parenthesis = matches!(token, Token::RParen);
                self.previous = if is_parenthesis { Previous::Parenthesis } else { Previous::Operand };
            }
            Token::Semi => {
                self.begin();
                self.labels -= self.level.labels;
                self.level.labels = 0;
                self.previous = Previous::Semicolon;
            }
            Token::Comma if !self.level.in_angles => self.begin(),
            Token::JSXTagStart
            | Token::BinOp(BinOpToken::Lt | BinOpToken::LShift)
            | Token::AssignOp(AssignOp::LShiftAssign) => self.level.in_angles = true,
            Token::Word(Word::Keyword(Keyword::Else)) => {
                self.elses += 1;
                self.level.elses += 1;
                self.previous = Previous::BeforeStatement;
            }
            Token::Word(Word::Keyword(Keyword::Do)) => self.previous = Previous::BeforeStatement,
            Token::Colon => {
                if previous == Previous::Label {
                    self.labels += 1;
                    self.level.labels += 1;
                }
                self.previous = Previous::BeforeStatement;
            }
            Token::Word(Word::Ident(_) | Word::Keyword(Keyword::Let | Keyword::Await | Keyword::Yield))
                if matches!(previous, Previous::BeforeStatement | Previous::Parenthesis) =>
            {
                self.previous = Previous::Label;
            }
            Token::Word(Word::Ident(IdentLike::Other(_))) => self.previous = Previous::Name,
            Token::Word(Word::True | Word::False | Word::Null | Word::Keyword(Keyword::This))
            | Token::Num { .. }
            | Token::Str { .. }
            | Token::BigInt { .. }
            | Token::Regex(..)
            | Token::BackQuote => self.previous = Previous::Operand,
            _ => {}
        }
    }

    /// No chain goes on from here in these brackets.
    fn begin(&mut self) {
        self.tokens -= self.level.tokens;
        (self.level.tokens, self.level.in_angles) = (0, false);
    }
}

/// Whether a token begins a statement, as in programs without semicolons: a reserved word that no expression has, behind what
/// may end one. (Behind `.` it is a property's name, behind `as` it may be `const`.)
fn begins_statement(token: &Token, previous: Previous) -> bool {
    let Token::Word(Word::Keyword(word)) = token else { return false };
    match word {
        Keyword::Var
        | Keyword::Const
        | Keyword::Let
        | Keyword::Return
        | Keyword::Throw
        | Keyword::If
        | Keyword::For
        | Keyword::While
        | Keyword::Switch
        | Keyword::Try => matches!(previous, Previous::Operand | Previous::Parenthesis | Previous::Name),
        Keyword::Function => matches!(previous, Previous::Operand | Previous::Parenthesis),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use deno_ast::MediaType;

    use crate::transpile::{Refusal, on_large_stack, parse};

    fn is_parsed(code: &str) -> bool {
        on_large_stack(|| !matches!(parse(code, MediaType::Tsx, &|| false), Err(Refusal::TooDeep(_))))
    }

    #[test]
    fn long_programs_without_semicolons_are_no_chains() {
        for line in [
            "const a: number = f(1)\n",
            "let b = a\n",
            "function f(a: string) { return a }\n",
            "for (const c of []) c.d\n",
            "x = [1, 2, 3]; ",
        ] {
            assert!(is_parsed(&line.repeat(30_000)), "{line}");
        }
        assert!(is_parsed(&format!("let a = [{}]", "{ b: -1 }, ".repeat(50_000))));
        assert!(is_parsed(&format!("enum E {{ {} }}", "A = 'a' as const, ".repeat(30_000))));
    }

    #[test]
    fn chains_are_told() {
        for (begin, link, end) in [
            ("a", "+a", ""),
            ("a", "<b, c>()", ""),
            ("a", " as const", ""),
            ("a", ".const", ""),
            ("a", "\n.var", ""),
            ("", "if (1); else ", ";"),
            ("", "if (1) while (1); else ", ";"),
            ("", "a:", ";"),
            ("", "a: while (1) ", ";"),
            ("", "a: {", ""),
        ] {
            let code = format!("{begin}{}{end}", link.repeat(60_000));
            assert!(!is_parsed(&code), "{link}");
        }
    }
}
