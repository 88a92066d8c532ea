//! TypeScript and JSX, made into what V8 takes, and the way back to the text as written.

mod chains;
mod depth;
mod emit;
mod guard;
mod names;
mod parser;
mod removal;
mod scopes;
mod stack;

use deno_ast::diagnostics::Diagnostic;
use deno_ast::{EmittedSourceText, MediaType, ParseDiagnostic, StartSourcePos};
use jsrun_types::{Exception, Position};

use crate::dialect::Dialect;
use crate::sources::Place;

pub(crate) use parser::{Parsed, Refusal, parse};
pub(crate) use stack::on_large_stack;

/// A program as V8 takes it.
pub(crate) struct Transpiled {
    pub(crate) code: String,
    /// A source map in JSON; `None` when nothing was changed.
    pub(crate) map: Option<Vec<u8>>,
}

/// Makes JavaScript of a text; types are removed, not checked. `name` is for positions of errors. When `is_stopped` says so, it
/// gives up.
pub(crate) fn transpile(
    code: &str,
    name: &str,
    dialect: Dialect,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Transpiled, Exception> {
    // A byte order mark is white space to V8, and nothing that the parser knows.
    let marked = code.strip_prefix('\u{feff}').map(|rest| format!(" {rest}"));
    let code = marked.as_deref().unwrap_or(code);
    match dialect {
        Dialect::JavaScript => Ok(Transpiled { code: code.to_owned(), map: None }),
        Dialect::Jsx | Dialect::TypeScript | Dialect::Tsx => {
            let stripped = on_large_stack(|| strip(code, dialect.media_type(), is_stopped));
            let EmittedSourceText { text, source_map } =
                stripped.map_err(|failure| failure.describe(code, name))?;
            Ok(Transpiled { code: text, map: source_map.map(String::into_bytes) })
        }
    }
}

fn strip(
    code: &str,
    media_type: MediaType,
    is_stopped: &dyn Fn() -> bool,
) -> Result<EmittedSourceText, Failure> {
    let parsed = parse(code, media_type, is_stopped)?;
    removal::remove_types(parsed, code, media_type, is_stopped)
}

/// Why types are not removed.
enum Failure {
    Refused(Refusal),
    /// Without them, the program is longer than this many bytes.
    TooLong {
        longest: usize,
    },
    /// A transform refuses what is at this byte.
    Untransformed {
        message: String,
        byte: Option<usize>,
    },
    /// What `deno_ast` refuses, or fails to write.
    Transpile(deno_ast::TranspileError),
}

impl Failure {
    fn stop_if(is_stopped: &dyn Fn() -> bool) -> Result<(), Self> {
        if is_stopped() { Err(Self::Refused(Refusal::Stopped)) } else { Ok(()) }
    }

    fn describe(&self, code: &str, name: &str) -> Exception {
        match self {
            Self::Refused(Refusal::Syntax(diagnostic)) => syntax_error(diagnostic, code, name),
            Self::Refused(Refusal::TooDeep(byte)) => {
                let message = "the program nests too deep for its types to be removed";
                at(Exception::new("SyntaxError", message), code, name, *byte)
            }
            // Whoever stopped it knows why, and this does not matter.
            Self::Refused(Refusal::Stopped) => Exception::new("Error", "the program was stopped"),
            Self::TooLong { longest } => Exception::new(
                "SyntaxError",
                format!("the program without its types, indented, has more than {longest} bytes"),
            ),
            Self::Untransformed { message, byte } => {
                let exception = Exception::new("SyntaxError", message);
                match byte {
                    Some(byte) => at(exception, code, name, *byte),
                    None => exception,
                }
            }
            Self::Transpile(error) => undecorated(error, code, name),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<deno_ast::TranspileError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Transpile(error.into())
    }
}

fn syntax_error(diagnostic: &ParseDiagnostic, code: &str, name: &str) -> Exception {
    let range = diagnostic.range().as_byte_range(StartSourcePos::START_SOURCE_POS);
    at(Exception::new("SyntaxError", diagnostic.message().into_owned()), code, name, range.start)
}

fn at(mut exception: Exception, code: &str, name: &str, byte: usize) -> Exception {
    let Place { line, column } = Place::of_byte(code, byte);
    exception.position = Some(Position { file: name.to_owned(), line, column });
    exception
}

/// What a transform refused. Its text goes on with the place and a drawing of the source.
fn undecorated(error: &deno_ast::TranspileError, code: &str, name: &str) -> Exception {
    if let deno_ast::TranspileError::ParseErrors(errors) = error
        && let Some(first) = errors.0.first()
    {
        return syntax_error(first, code, name);
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    Exception::new("SyntaxError", line.strip_prefix("SyntaxError: ").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `deno_ast` makes of a program.
    fn by_deno_ast(code: &str, media_type: MediaType) -> EmittedSourceText {
        let Parsed { program, comments, .. } = parse(code, media_type, &|| false).ok().expect(code);
        let has_jsx = matches!(media_type, MediaType::Jsx | MediaType::Tsx);
        let options = deno_ast::TranspileOptions {
            decorators: deno_ast::DecoratorsTranspileOption::Ecma,
            jsx: has_jsx.then(deno_ast::JsxRuntime::default),
            ..deno_ast::TranspileOptions::default()
        };
        let source_map = deno_ast::SourceMap::single(parser::SPECIFIER.clone(), code.to_owned());
        let program = deno_ast::Globals::default().with(|marks| {
            let program = removal::as_module(program);
            deno_ast::fold_program(program, &options, &source_map, &comments, marks, Box::new([].iter()))
        });
        emit::emit(&program.expect(code), &comments, &source_map, code.len(), &|| false).ok().expect(code)
    }

    /// Our own row of transforms gives the same, letter by letter, where nothing is to be renamed or only one choice is good.
    #[test]
    fn programs_become_what_deno_ast_makes_of_them() {
        for (code, media_type) in [
            (
                "const a: number = 1; // one\nfunction f<T>(x: T, ...y: T[]): T { return x as T; }\nf<string>('a')!.length",
                MediaType::TypeScript,
            ),
            (
                "import type { A } from 'a'; import { B, type C } from 'b'; import D from 'd'; export type { A }; B(D)",
                MediaType::TypeScript,
            ),
            (
                "interface A { x: number } declare namespace N { const y: number } abstract class K<T> implements A { declare z: T; x = 1; static #p?: string; abstract m(): void; constructor(y?: T) { super() } }",
                MediaType::TypeScript,
            ),
            (
                "class P { constructor(public a: number, private readonly b = 2) { const c = a } } let P1: P | undefined",
                MediaType::TypeScript,
            ),
            (
                "enum E { A, B = 5, C, D = 'd' } export const enum F { X = 1 } const x = E.A + F.X; declare enum G { Y }",
                MediaType::TypeScript,
            ),
            (
                "let x = <T,>(a: T) => a satisfies unknown; try {} catch (e: unknown) {} for (const k of [] as const) {} label: while (1) break label",
                MediaType::TypeScript,
            ),
            (
                "function over(a: string): void; function over(a: number): void; function over(this: unknown, a: any) { { let a = 1; (() => a)() } return a }",
                MediaType::TypeScript,
            ),
            (
                "const el = <div {...p} id='a' data-x={1 as number}>text {x}<></></div>; function A() { return <A.B/> }",
                MediaType::Tsx,
            ),
            (
                "#!/usr/bin/env jsrun\n'use strict'; /* c */ const a = (1 as any)\n/x/g.test(`${a as string}`) /* end */",
                MediaType::TypeScript,
            ),
            (
                "namespace N { export const x = 1; export function f(N: number) { return x } }",
                MediaType::TypeScript,
            ),
            ("class A { y = x; constructor(public x = 1) {} } const x = 2", MediaType::TypeScript),
            ("@((c: unknown) => c) class A {}", MediaType::TypeScript),
            ("class A { @d m() {} @d static x = 1; @d accessor y; @d #p() {} }", MediaType::TypeScript),
            ("enum E { A = 1, B = ((E: number) => A)(2) }", MediaType::TypeScript),
            ("import x = require('x'); x()", MediaType::TypeScript),
            (
                "namespace A.B { export const c = 1 } import b = A.B; b.c; export import d = A.B",
                MediaType::TypeScript,
            ),
        ] {
            on_large_stack(|| {
                let ours = strip(code, media_type, &|| false).ok().expect(code);
                let theirs = by_deno_ast(code, media_type);
                assert_eq!(ours.text, theirs.text, "{code}");
                assert_eq!(ours.source_map, theirs.source_map, "{code}");
            });
        }
    }

    /// What comes to where another has its name gets another, and nothing else does.
    #[test]
    fn names_in_the_way_change() {
        for (code, made) in [
            (
                "namespace N { export let x = 1; export function f(N: number) { { let N = 2 } return x + N } }",
                "(function(N) {\n  N.x = 1;\n  function f(N1) {\n    {\n      let N = 2;\n    }\n    return N.x + N1;\n  }\n  N.f = f;\n})(N || (N = {}));\nvar N;\n",
            ),
            (
                "const x = 2, x1 = 3; class A { y = x; constructor(public a: number, x = 1) { { let x = 4 } } }",
                "const x = 2, x1 = 3;\nclass A {\n  a;\n  y;\n  constructor(a, x2 = 1){\n    this.a = a;\n    this.y = x;\n    {\n      let x = 4;\n    }\n  }\n}\n",
            ),
        ] {
            let ours = on_large_stack(|| strip(code, MediaType::TypeScript, &|| false)).ok().expect(code);
            assert_eq!(ours.text, made, "{code}");
        }
    }

    #[test]
    fn long_programs_take_time_with_their_length() {
        let time = |code: &str| {
            let clock = crate::watchdog::CpuClock::of_this_thread();
            let before = clock.now();
            // On this thread, whose clock it is.
            on_large_stack(|| strip(code, MediaType::TypeScript, &|| false)).ok().expect("it is TypeScript");
            clock.now().saturating_sub(before)
        };
        for part in [
            "{ function f(a: number): number { const x: number = a; return x } }\n",
            "{ @d class C { @d x = 1; m(a: number) { return a } } }\n",
            "{ class C { y = x; constructor(public a: number, x = 2) { a + x } } }\n",
            "namespace N { export const x = 1; export function f(N: number) { return N + x } }\n",
            "{ enum E { A = f(1), B = ((E: number) => A)(2) } }\n",
        ] {
            time(&part.repeat(100));
            // What else the machine does makes some of them take longer, and none shorter.
            let least = |times| (0..3).map(|_| time(&part.repeat(times))).min().expect("there are three");
            let (short, long) = (least(1_000), least(8_000));
            // Eight times as long: with the square it would take 64 times as long.
            assert!(long < short * 24, "{short:?}, {long:?}: {part}");
        }
    }
}
