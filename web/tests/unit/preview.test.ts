import { describe, expect, it } from 'vitest';

import type { ObjectPreview, Preview } from '../../src/api/types';
import { numberCircles } from '../../src/results/circles';
import { textOf } from '../../src/results/segment';
import { summaryLine } from '../../src/results/summary-line';
import { isExpandable, treeRows } from '../../src/results/tree-node';
import { array, element, number, object, property, string } from './samples';

const line = (preview: Preview) => textOf(summaryLine(preview, numberCircles(preview)));

const rows = (preview: ObjectPreview) => {
  const circles = numberCircles(preview);
  return treeRows(preview, circles).map((row) =>
    'note' in row ? row.note : textOf([...row.key, ...summaryLine(row.value, circles)]),
  );
};

const map = object({
  kind: 'map',
  class: 'Map',
  label: 'Map(1)',
  length: 1,
  entries: [{ key: { type: 'map_key', value: string('k') }, value: number(1) }],
});

describe('a value on one line', () => {
  const cases: [string, Preview][] = [
    ['undefined', { type: 'undefined' }],
    ['null', { type: 'null' }],
    ['true', { type: 'boolean', value: true }],
    ['-0', { type: 'number', text: '-0' }],
    ['10n', { type: 'bigint', text: '10n' }],
    ['Symbol(x)', { type: 'symbol', text: 'Symbol(x)' }],
    ["'a'", string('a')],
    [`"it's"`, string("it's")],
    ["'a\\nb'", string('a\nb')],
    ["'ab'… 8 more characters", string('ab', 8)],
    ['{}', object()],
    [
      "{ a: 1, 'b-c': 'x' }",
      object({ entries: [property('a', number(1)), property('b-c', string('x'))] }),
    ],
    [
      '{ [Symbol(s)]: 1 }',
      object({ entries: [{ key: { type: 'symbol', text: 'Symbol(s)' }, value: number(1) }] }),
    ],
    [
      '{ a: {…}, b: Array(1), c: {} }',
      object({
        entries: [
          property('a', object({ entries: [property('x', number(1))] })),
          property('b', array([number(1)])),
          property('c', object()),
        ],
      }),
    ],
    ['Foo { a: 1 }', object({ class: 'Foo', label: 'Foo', entries: [property('a', number(1))] })],
    [
      '{ a: [Getter/Setter] }',
      object({ entries: [property('a', { type: 'accessor', getter: true, setter: true })] }),
    ],
    ['{…}', object({ collapsed: true })],
    ['[ 1, 2 ]', array([number(1), number(2)])],
    ['[]', array([])],
    ['(102) [ 1, 2, … ]', array([number(1), number(2)], { omitted: 100 })],
    [
      '[ <2 empty items>, 1 ]',
      array([], {
        entries: [
          { key: { type: 'holes', count: 2 }, value: { type: 'undefined' } },
          element(number(1)),
        ],
      }),
    ],
    ["Map(1) { 'k' => 1 }", map],
    [
      'Promise { <pending> }',
      object({ kind: 'promise', class: 'Promise', label: 'Promise', state: 'pending' }),
    ],
    [
      'Promise { <rejected> 1 }',
      object({
        kind: 'promise',
        class: 'Promise',
        label: 'Promise',
        state: 'rejected',
        entries: [{ key: { type: 'internal' }, value: number(1) }],
      }),
    ],
    [
      'WeakSet { <items unknown> }',
      object({ kind: 'weak_set', class: 'WeakSet', label: 'WeakSet' }),
    ],
    ['[Function: f]', object({ kind: 'function', class: 'Function', label: '[Function: f]' })],
    [
      '[Function: f] { a: 1 }',
      object({
        kind: 'function',
        class: 'Function',
        label: '[Function: f]',
        entries: [property('a', number(1))],
      }),
    ],
    [
      'TypeError: x\n    at main.js:1:1',
      object({ kind: 'error', class: 'TypeError', label: 'TypeError: x\n    at main.js:1:1' }),
    ],
    [
      '[Error: x] { [cause]: 1 }',
      object({
        kind: 'error',
        class: 'Error',
        label: '[Error: x]',
        entries: [{ key: { type: 'hidden', name: 'cause' }, value: number(1) }],
      }),
    ],
    [
      'Proxy { a: 1 }',
      object({
        kind: 'proxy',
        class: null,
        label: '[Proxy: null prototype]',
        entries: [
          {
            key: { type: 'internal' },
            value: object({ id: 2, entries: [property('a', number(1))] }),
          },
        ],
      }),
    ],
    [
      'Proxy { <revoked> }',
      object({ kind: 'proxy', class: null, label: '[Proxy: null prototype]' }),
    ],
    [
      '[Number: 3]',
      object({
        kind: 'boxed',
        class: 'Number',
        label: '[Number: 3]',
        entries: [{ key: { type: 'internal' }, value: number(3) }],
      }),
    ],
    [
      '<ref *1> { self: [Circular *1] }',
      object({ id: 7, entries: [property('self', { type: 'circular', id: 7 })] }),
    ],
  ];

  it.each(cases)('%s', (text, preview) => {
    expect(line(preview)).toBe(text);
  });

  it('cuts long strings only inside other values', () => {
    const long = 'x'.repeat(60);
    expect(line(string(long))).toBe(`'${long}'`);
    expect(line(array([string(long)]))).toBe(`[ '${'x'.repeat(50)}'… ]`);
  });
});

describe('the rows below a value', () => {
  it('are its entries under their keys', () => {
    const value = object({ entries: [property('a', number(1)), property('b', map)] });
    expect(rows(value)).toEqual(['a: 1', "b: Map(1) { 'k' => 1 }"]);
    expect(rows(map)).toEqual(["'k' => 1"]);
  });

  it('count elements across holes', () => {
    const value = array([], {
      length: 4,
      entries: [
        element(number(1)),
        { key: { type: 'holes', count: 2 }, value: { type: 'undefined' } },
        element(number(2)),
        property('extra', number(3)),
      ],
    });
    expect(rows(value)).toEqual(['0: 1', '2 empty items', '3: 2', 'extra: 3']);
  });

  it('end with what was left out', () => {
    expect(rows(array([number(1)], { omitted: 1 })).at(-1)).toBe('… 1 more item');
    expect(rows(object({ entries: [property('a', number(1))], omitted: 2 })).at(-1)).toBe(
      '… 2 more properties',
    );
  });

  it('name what is no property', () => {
    const promise = object({
      kind: 'promise',
      label: 'Promise',
      state: 'fulfilled',
      entries: [{ key: { type: 'internal' }, value: number(1) }],
    });
    expect(rows(promise)).toEqual(['[[Value]]: 1']);
  });

  it('are bytes in hexadecimal for a buffer', () => {
    const buffer = object({
      kind: 'array_buffer',
      class: 'ArrayBuffer',
      label: 'ArrayBuffer(20)',
      byte_length: 20,
      bytes: [0, 1, 255],
    });
    expect(isExpandable(buffer)).toBe(true);
    expect(rows(buffer)).toEqual(['0000  00 01 ff', '… 17 more bytes']);
  });

  it('are none for what is empty or too deep', () => {
    expect(isExpandable(object())).toBe(false);
    expect(isExpandable(object({ collapsed: true, omitted: 0 }))).toBe(false);
    expect(isExpandable(number(1))).toBe(false);
  });
});
