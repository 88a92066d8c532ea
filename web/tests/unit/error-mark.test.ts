import { EditorState, Text } from '@codemirror/state';
import { EditorView, type DecorationSet } from '@codemirror/view';
import { describe, expect, it } from 'vitest';

import { errorMarks, setErrorMark } from '../../src/editor/error-mark';
import { offsetOf } from '../../src/editor/place';

describe('offsetOf', () => {
  const text = Text.of(['one', '', 'three']);

  it.each([
    [1, 1, 0],
    [3, 2, 6],
    [1, 99, 3],
    [2, 5, 4],
    [99, 1, 5],
    [0, 0, 0],
  ])('line %i, column %i is offset %i', (line, column, offset) => {
    expect(offsetOf(text, { line, column })).toBe(offset);
  });
});

describe('the error mark', () => {
  const start = EditorState.create({ doc: 'const a = 1;\nmissing();\n', extensions: errorMarks });

  function marks(state: EditorState) {
    const found: [string, number, number][] = [];
    for (const set of state.facet(EditorView.decorations) as DecorationSet[]) {
      set.between(
        0,
        state.doc.length,
        (from, to, { spec }) => void found.push([spec.class, from, to]),
      );
    }
    return found;
  }

  const marked = start.update({ effects: setErrorMark.of({ line: 2, column: 1 }) }).state;

  it('covers the line and the word', () => {
    expect(marks(marked)).toEqual([
      ['cm-error-line', 13, 13],
      ['cm-error-range', 13, 20],
    ]);
  });

  it('goes with the next edit, not with a moved cursor', () => {
    expect(marks(marked.update({ selection: { anchor: 3 } }).state)).toHaveLength(2);
    expect(marks(marked.update({ changes: { from: 0, insert: ' ' } }).state)).toEqual([]);
  });

  it('can be taken away', () => {
    expect(marks(marked.update({ effects: setErrorMark.of(null) }).state)).toEqual([]);
  });

  it('stands at the end of a line that is shorter than the column', () => {
    const state = start.update({ effects: setErrorMark.of({ line: 9, column: 9 }) }).state;
    expect(marks(state)).toEqual([['cm-error-line', 24, 24]]);
  });
});
