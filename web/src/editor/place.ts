import type { Text } from '@codemirror/state';

/** A line and a column, counted from 1. */
export interface Place {
  line: number;
  column: number;
}

/** Where a place is in a text; the nearest offset that exists when the text has no such place. */
export function offsetOf(text: Text, { line, column }: Place): number {
  const found = text.line(Math.min(Math.max(line, 1), text.lines));
  return Math.min(found.from + Math.max(column, 1) - 1, found.to);
}
