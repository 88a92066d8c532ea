/** Marks where a program failed: its line, its line number, and what stands at the column. */

import {
  RangeSet,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
} from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, gutterLineClass } from '@codemirror/view';

import { offsetOf, type Place } from './place';

/** Marks a place, or takes the mark away with `null`. */
export const setErrorMark = StateEffect.define<Place | null>();

interface ErrorMark {
  /** Where the failing line begins. */
  line: number;
  from: number;
  to: number;
}

const errorMark = StateField.define<ErrorMark | null>({
  create: () => null,
  update(mark, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setErrorMark)) return effect.value && markAt(transaction.state, effect.value);
    }
    // What the run said is not true of an edited program.
    return transaction.docChanged ? null : mark;
  },
  provide: (field) => [
    EditorView.decorations.from(field, toDecorations),
    gutterLineClass.from(field, toGutterMarkers),
  ],
});

export const errorMarks: Extension = errorMark;

function markAt(state: EditorState, place: Place): ErrorMark {
  const from = offsetOf(state.doc, place);
  const line = state.doc.lineAt(from);
  // The word there, or whatever follows the column.
  const to = state.wordAt(from)?.to ?? Math.min(from + 1, line.to);
  return { line: line.from, from, to };
}

function toDecorations(mark: ErrorMark | null) {
  if (!mark) return Decoration.none;
  const ranges = [Decoration.line({ class: 'cm-error-line' }).range(mark.line)];
  if (mark.to > mark.from) {
    ranges.push(Decoration.mark({ class: 'cm-error-range' }).range(mark.from, mark.to));
  }
  return Decoration.set(ranges);
}

class ErrorGutterMarker extends GutterMarker {
  override elementClass = 'cm-error-gutter';
}

const gutterMarker = new ErrorGutterMarker();

function toGutterMarkers(mark: ErrorMark | null): RangeSet<GutterMarker> {
  return mark ? RangeSet.of(gutterMarker.range(mark.line)) : RangeSet.empty;
}
