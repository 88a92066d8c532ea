//! Programs as text, with their source map, in bounded time and memory.

use std::io::{self, Write};

use deno_ast::swc::ast::Program;
use deno_ast::swc::codegen::text_writer::JsWriter;
use deno_ast::swc::codegen::{Emitter, Node as _};
use deno_ast::swc::common::comments::SingleThreadedComments;
use deno_ast::{EmittedSourceText, SourceMap, SourceMapConfig, swc_codegen_config};

use super::Failure;

/// How much text a program may become: what nests deep is indented deep.
const MOST_BYTES: usize = 32 << 20;
/// How many times its own length it may be, if that is more: an `enum` is some four times its source.
const MOST_TIMES: usize = 16;
/// From a look whether to stop to the next: some 0.1 ms.
const BYTES_BETWEEN_LOOKS: usize = 16 << 10;

/// Writes a program as `deno_ast` does.
pub(super) fn emit(
    program: &Program,
    comments: &SingleThreadedComments,
    source_map: &SourceMap,
    source_length: usize,
    is_stopped: &dyn Fn() -> bool,
) -> Result<EmittedSourceText, Failure> {
    let source_map = source_map.inner();
    let mut places = Vec::new();
    let longest = MOST_BYTES.max(source_length.saturating_mul(MOST_TIMES));
    let mut output = Output { text: Vec::new(), longest, is_full: false, until_look: 0, is_stopped };
    let mut writer = JsWriter::new(source_map.clone(), "\n", &mut output, Some(&mut places));
    writer.set_indent_str("  ");
    let mut emitter = Emitter {
        cfg: swc_codegen_config(),
        comments: Some(comments),
        cm: source_map.clone(),
        wr: Box::new(writer),
    };
    let written = program.emit_with(&mut emitter);
    drop(emitter);
    if let Err(error) = written {
        Failure::stop_if(is_stopped)?;
        if output.is_full {
            return Err(Failure::TooLong { longest });
        }
        return Err(deno_ast::EmitError::SwcEmit(error).into());
    }
    let config = SourceMapConfig { inline_sources: false, maybe_base: None };
    let mut map = Vec::new();
    let built = source_map.build_source_map(&places, None, config);
    built.to_writer(&mut map).map_err(deno_ast::EmitError::SourceMap)?;
    let text =
        |bytes| String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
    Ok(EmittedSourceText {
        text: text(output.text).map_err(deno_ast::EmitError::SwcEmit)?,
        source_map: Some(text(map).map_err(deno_ast::EmitError::SwcEmit)?),
    })
}

/// What is written, as long as it may go on.
struct Output<'a> {
    text: Vec<u8>,
    longest: usize,
    is_full: bool,
    until_look: usize,
    is_stopped: &'a dyn Fn() -> bool,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.longest {
            self.is_full = true;
            return Err(io::Error::other("the program becomes too long"));
        }
        match self.until_look.checked_sub(bytes.len()) {
            Some(left) => self.until_look = left,
            None if (self.is_stopped)() => return Err(io::Error::other("the program was stopped")),
            None => self.until_look = BYTES_BETWEEN_LOOKS,
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
