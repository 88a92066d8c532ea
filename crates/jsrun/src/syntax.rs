//! Whether a text is all of a program: for who reads lines.

use deno_ast::swc::parser::error::SyntaxError;
use deno_ast::{ParseDiagnostic, StartSourcePos};
use jsrun_types::Language;

use crate::dialect::Dialect;
use crate::transpile::{self, Refusal};

/// What a text is to the parser.
///
/// ```
/// use jsrun::{Language, Syntax, check_syntax};
///
/// assert_eq!(check_syntax("let = =", Language::JavaScript), Syntax::Wrong);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A program. V8 may still refuse it: the parser does not find every error.
    Whole,
    /// The beginning of a program: something is open at its end.
    Unfinished,
    /// No program, however it goes on.
    Wrong,
}

/// Tells whether a text is a program, or may become one when it goes on. Runs nothing; needs no runtime.
///
/// ```
/// use jsrun::{Language, Syntax, check_syntax};
///
/// assert_eq!(check_syntax("[1, 2].map((x) => {", Language::JavaScript), Syntax::Unfinished);
/// assert_eq!(check_syntax("1 + 1", Language::JavaScript), Syntax::Whole);
/// ```
pub fn check_syntax(code: &str, language: Language) -> Syntax {
    let dialect = Dialect::of_program(language, "");
    let media_type = dialect.media_type();
    let diagnostics = transpile::on_large_stack(|| match transpile::parse(code, media_type, &|| false) {
        Ok(parsed) => Some(parsed.diagnostics),
        Err(Refusal::Syntax(diagnostic)) => Some(vec![diagnostic]),
        Err(Refusal::TooDeep(_) | Refusal::Stopped) => None,
    });
    let Some(diagnostics) = diagnostics else { return Syntax::Wrong };
    if diagnostics.is_empty() {
        Syntax::Whole
    } else if diagnostics.iter().any(|diagnostic| is_open(diagnostic, code)) {
        Syntax::Unfinished
    } else {
        Syntax::Wrong
    }
}

/// Whether what is missing is missing at the text's end.
fn is_open(diagnostic: &ParseDiagnostic, code: &str) -> bool {
    match diagnostic.kind() {
        SyntaxError::Eof | SyntaxError::UnterminatedTpl | SyntaxError::UnterminatedBlockComment => true,
        // The line goes on in the next.
        _ if code.trim_end_matches(['\r', '\n']).ends_with('\\') => true,
        SyntaxError::UnterminatedRegExp | SyntaxError::UnterminatedStrLit => false,
        _ => {
            let start = diagnostic.range().as_byte_range(StartSourcePos::START_SOURCE_POS).start;
            let rest = code.get(start..).unwrap_or_default().trim();
            rest.is_empty() || (rest.starts_with("//") && !rest.contains('\n'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_at_the_end_is_unfinished() {
        let open = [
            "{",
            "f(",
            "[1,",
            "`a",
            "`a ${",
            "`a ${b}",
            "/* a",
            "x =",
            "a.",
            "1 +",
            "function f() {",
            "class A {",
            "if (x)",
            "if (x) {} else",
            "const {",
            "'a \\",
            "'a \\\n",
            "f(1, // note",
            "async () => {",
            "new",
            "x ?",
            "x ? y :",
            "try {}",
            "do {} ",
            "for (;;",
            "switch (x) {",
            "import {",
            "import { a } from",
            "export const",
            "({ a: 1,",
            "throw",
            "(",
            "x =>",
        ];
        let mistaken: Vec<&str> = open
            .into_iter()
            .filter(|code| check_syntax(code, Language::JavaScript) != Syntax::Unfinished)
            .collect();
        assert!(mistaken.is_empty(), "{mistaken:?}");
    }

    #[test]
    fn programs_are_whole() {
        for code in [
            "",
            "1",
            "let x",
            "{ a: 1 }",
            "await f()",
            "import 'a'",
            "export {}",
            "`a`",
            "// a",
            "x\n",
            "if (x) y",
            "for await (const x of y);",
            "/a/",
            "return_",
            "let x = 1; let y = 2;",
        ] {
            assert_eq!(check_syntax(code, Language::JavaScript), Syntax::Whole, "{code}");
        }
        let typed = "let x: { a: number } = 1 as any";
        assert_eq!(check_syntax(typed, Language::TypeScript), Syntax::Whole);
        assert_eq!(check_syntax("let x: {", Language::TypeScript), Syntax::Unfinished);
    }

    #[test]
    fn what_no_more_text_mends_is_wrong() {
        for code in [")", "let = = 1", "'a", "'a\nb'", "1 2", "({ a: 1 } }", "/a", "f(]", "let x: number = 1"]
        {
            assert_eq!(check_syntax(code, Language::JavaScript), Syntax::Wrong, "{code}");
        }
        assert_eq!(check_syntax(&"[".repeat(100_000), Language::JavaScript), Syntax::Wrong);
    }
}
