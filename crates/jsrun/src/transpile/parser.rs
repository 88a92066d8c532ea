//! Programs, parsed.

use std::sync::{Arc, LazyLock};

use deno_ast::swc::ast::Program;
use deno_ast::swc::common::comments::SingleThreadedComments;
use deno_ast::swc::common::input::StringInput;
use deno_ast::swc::lexer::Parser;
use deno_ast::swc::lexer::error::Error;
use deno_ast::swc::lexer::lexer::Lexer;
use deno_ast::{
    ES_VERSION, MediaType, ModuleSpecifier, ParseDiagnostic, ParseParams, SourceTextInfo, StartSourcePos,
    get_syntax,
};

use super::depth;
use super::guard::{Guard, Guarded, Trip};

/// A program, and what there is to say about it.
pub(crate) struct Parsed {
    pub(crate) program: Program,
    pub(super) comments: SingleThreadedComments,
    /// What is wrong with it, and did not keep the parser from going on.
    pub(crate) diagnostics: Vec<ParseDiagnostic>,
    /// What would be wrong with it as a module, which it is not.
    pub(super) as_module: Vec<ParseDiagnostic>,
}

/// Why a text is not parsed.
pub(crate) enum Refusal {
    Syntax(ParseDiagnostic),
    /// It nests too deep, at this byte.
    TooDeep(usize),
    /// It was to be stopped.
    Stopped,
}

/// The URL under which programs are known to the parser.
pub(super) static SPECIFIER: LazyLock<ModuleSpecifier> =
    LazyLock::new(|| ModuleSpecifier::parse("file:///program").expect("a literal URL parses"));

/// Parses a program, a script or a module, which is to be used and dropped on the same large stack: how deep it nests is bounded.
pub(crate) fn parse(
    code: &str,
    media_type: MediaType,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Parsed, Refusal> {
    let start = StartSourcePos::START_SOURCE_POS;
    let input = StringInput::new(code, start.as_byte_pos(), (start + code.len()).as_byte_pos());
    let comments = SingleThreadedComments::default();
    let guard = Guard::new(is_stopped);
    let lexer = Lexer::new(get_syntax(media_type), ES_VERSION, input, Some(&comments));
    let mut parser = Parser::new_from(Guarded::new(lexer, &guard));
    let parsed = parser.parse_program();
    match guard.trip() {
        Some(Trip::TooDeep(place)) => return Err(Refusal::TooDeep(byte_of(place))),
        Some(Trip::Stopped) => return Err(Refusal::Stopped),
        None => {}
    }
    let text = LazyLock::new(|| SourceTextInfo::new(Arc::from(code)));
    let diagnostic = |error: Error| ParseDiagnostic::from_swc_error(error, &SPECIFIER, text.clone());
    let program = match parsed {
        Ok(program) => program,
        Err(error) => {
            let told = diagnose(code, media_type).err().unwrap_or_else(|| diagnostic(error));
            return Err(Refusal::Syntax(told));
        }
    };
    if let Some(place) = depth::too_deep(&program) {
        return Err(Refusal::TooDeep(byte_of(place)));
    }
    let mut diagnostics: Vec<_> = parser.take_errors().into_iter().map(diagnostic).collect();
    let as_module = parser.take_script_module_errors().into_iter().map(diagnostic).collect();
    if !diagnostics.is_empty() {
        diagnostics = diagnose(code, media_type).map_err(Refusal::Syntax)?;
    }
    drop(parser);
    Ok(Parsed { program, comments, diagnostics, as_module })
}

/// What the newer parser, which cannot be guarded, has to say about a program: its words are better, and its places at a program's
/// end. Only for what the guarded one has read, which takes as much stack.
fn diagnose(code: &str, media_type: MediaType) -> Result<Vec<ParseDiagnostic>, ParseDiagnostic> {
    let parsed = deno_ast::parse_program(ParseParams {
        specifier: SPECIFIER.clone(),
        text: Arc::from(code),
        media_type,
        capture_tokens: false,
        scope_analysis: false,
        maybe_syntax: None,
    })?;
    Ok(parsed.diagnostics().clone())
}

fn byte_of(place: deno_ast::swc::common::BytePos) -> usize {
    let start = StartSourcePos::START_SOURCE_POS.as_byte_pos();
    place.0.saturating_sub(start.0) as usize
}
