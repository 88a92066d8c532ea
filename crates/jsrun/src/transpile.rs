//! TypeScript and JSX, made into what V8 takes, and the way back to the text as written.

mod plain;

use std::sync::{Arc, Mutex, PoisonError};

use deno_ast::diagnostics::Diagnostic;
use deno_ast::{
    DecoratorsTranspileOption, EmitOptions, MediaType, ModuleSpecifier, ParseDiagnostic, ParseParams,
    ParsedSource, SourceMapOption, StartSourcePos, TranspileModuleOptions, TranspileOptions,
};
use jsrun_types::{Exception, Position};

use crate::dialect::Dialect;
use crate::platform;
use crate::sources::Place;

/// The stack on which programs are parsed and changed, where there may be a thread for it. The parser and the transforms
/// recurse over the program's nesting, which is the program's to choose; only what is used of it takes memory.
const PARSER_STACK: usize = 256 << 20;

/// How deep brackets may nest in what is parsed here. A worker's stack of 8 MiB holds some 3,000 levels (measured), and a
/// stack that overflows ends the process; V8 has checks of its own.
const DEEPEST: u32 = 1_500;

/// A program as V8 takes it.
pub(crate) struct Transpiled {
    pub(crate) code: String,
    /// A source map in JSON; `None` when nothing was changed.
    pub(crate) map: Option<Vec<u8>>,
}

/// Makes JavaScript of a text; types are removed, not checked. `name` is for positions of errors.
pub(crate) fn transpile(code: &str, name: &str, dialect: Dialect) -> Result<Transpiled, Exception> {
    // A byte order mark is white space to V8, and nothing that the parser knows.
    let marked = code.strip_prefix('\u{feff}').map(|rest| format!(" {rest}"));
    let code = marked.as_deref().unwrap_or(code);
    match dialect {
        Dialect::JavaScript => Ok(Transpiled { code: code.to_owned(), map: None }),
        Dialect::Jsx | Dialect::TypeScript | Dialect::Tsx => {
            if nests_too_deep(code) {
                return Err(Exception::new("RangeError", "the program nests too deep for the parser"));
            }
            on_large_stack(|| strip(code, name, dialect.media_type()))
        }
    }
}

fn strip(code: &str, name: &str, media_type: MediaType) -> Result<Transpiled, Exception> {
    let parsed = parse(code, media_type).map_err(|diagnostic| syntax_error(&diagnostic, code, name))?;
    let emit = EmitOptions {
        source_map: SourceMapOption::Separate,
        inline_sources: false,
        ..EmitOptions::default()
    };
    if let Some(emitted) = plain::strip(&parsed, &emit) {
        return Ok(Transpiled { code: emitted.text, map: emitted.source_map.map(String::into_bytes) });
    }
    let options =
        TranspileOptions { decorators: DecoratorsTranspileOption::Ecma, ..TranspileOptions::default() };
    let emitted = parsed
        .transpile(&options, &TranspileModuleOptions::default(), &emit)
        .map_err(|error| undecorated(&error, code, name))?
        .into_source();
    Ok(Transpiled { code: emitted.text, map: emitted.source_map.map(String::into_bytes) })
}

/// Whether brackets nest too deep to parse, at the most: those in strings and comments count, too.
pub(crate) fn nests_too_deep(code: &str) -> bool {
    let mut depth = 0_u32;
    code.bytes().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// Parses a program, a script or a module.
pub(crate) fn parse(code: &str, media_type: MediaType) -> Result<ParsedSource, ParseDiagnostic> {
    deno_ast::parse_program(ParseParams {
        specifier: ModuleSpecifier::parse("file:///program").expect("a literal URL parses"),
        text: Arc::from(code),
        media_type,
        capture_tokens: false,
        scope_analysis: false,
        maybe_syntax: None,
    })
}

/// Calls a function with room for deep recursion, where this process may have another thread.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if !platform::may_start_threads() {
        return work();
    }
    // Kept here for the case that there is no thread to be had.
    let work = Mutex::new(Some(work));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take().expect("the work is done once");
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("jsrun-parser".to_owned())
            .stack_size(PARSER_STACK)
            .spawn_scoped(scope, || take()());
        match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => take()(),
        }
    })
}

fn syntax_error(diagnostic: &ParseDiagnostic, code: &str, name: &str) -> Exception {
    let range = diagnostic.range().as_byte_range(StartSourcePos::START_SOURCE_POS);
    let Place { line, column } = Place::of_byte(code, range.start);
    let mut exception = Exception::new("SyntaxError", diagnostic.message().into_owned());
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

    /// What stands in for `deno_ast`'s own way gives the same, letter by letter.
    #[test]
    fn both_ways_give_the_same() {
        let emit = EmitOptions {
            source_map: SourceMapOption::Separate,
            inline_sources: false,
            ..EmitOptions::default()
        };
        let options =
            TranspileOptions { decorators: DecoratorsTranspileOption::Ecma, ..TranspileOptions::default() };
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
        ] {
            let plain = plain::strip(&parse(code, media_type).expect(code), &emit);
            let plain = plain.unwrap_or_else(|| panic!("it needs no more than types removed: {code}"));
            let whole = parse(code, media_type)
                .expect(code)
                .transpile(&options, &TranspileModuleOptions::default(), &emit)
                .expect(code)
                .into_source();
            assert_eq!(plain.text, whole.text, "{code}");
            assert_eq!(plain.source_map, whole.source_map, "{code}");
        }
    }

    #[test]
    fn what_is_moved_takes_the_other_way() {
        for code in [
            "namespace N { export const x = 1; export function f(N: number) { return x } }",
            "class A { y = x; constructor(public x = 1) {} } const x = 2",
            "@((c: unknown) => c) class A {}",
            "enum E { A = 1, B = ((E: number) => A)(2) }",
            "import x = require('x'); x()",
        ] {
            let parsed = parse(code, MediaType::TypeScript).expect(code);
            assert!(plain::strip(&parsed, &EmitOptions::default()).is_none(), "{code}");
        }
    }

    #[test]
    fn long_programs_take_time_with_their_length() {
        let program = |functions: usize| {
            let functions: Vec<String> = (0..functions)
                .map(|i| format!("function f{i}(a: number): number {{ const x: number = a; return x }}"))
                .collect();
            functions.join("\n")
        };
        let time = |functions| {
            let code = program(functions);
            let clock = crate::watchdog::CpuClock::of_this_thread();
            let before = clock.now();
            // On this thread, whose clock it is.
            strip(&code, "long.ts", MediaType::TypeScript).expect("it is TypeScript");
            clock.now().saturating_sub(before)
        };
        time(1_000);
        let (short, long) = (time(2_000), time(16_000));
        // Eight times as long: with the square it would take 64 times as long.
        assert!(long < short * 24, "{short:?}, {long:?}");
    }
}
