import { describe, expect, it } from 'vitest';

import type { Preview } from '../../src/api/types';
import { tableOf } from '../../src/results/table';
import { array, consoleEvent, number, object, property, string } from './samples';

const table = (...args: Preview[]) => tableOf(consoleEvent({ level: 'table', args }));

describe('tableOf', () => {
  const data = array([
    object({ entries: [property('a', number(1)), property('b', number(2))] }),
    object({ entries: [property('b', number(3))] }),
    number(4),
  ]);

  it('has a row for each entry and a column for each property', () => {
    expect(table(data)).toEqual({
      columns: ['a', 'b'],
      rows: [
        { index: '0', cells: [number(1), number(2)], value: undefined },
        { index: '1', cells: [undefined, number(3)], value: undefined },
        { index: '2', cells: [undefined, undefined], value: number(4) },
      ],
      hasValues: true,
      omitted: 0,
    });
  });

  it('shows only the columns asked for', () => {
    expect(table(data, array([string('b')]))?.columns).toEqual(['b']);
  });

  it('is none for what has no entries', () => {
    expect(table(number(1))).toBeNull();
    expect(table(array([]))).toBeNull();
  });
});
