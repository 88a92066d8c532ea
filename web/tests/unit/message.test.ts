import { describe, expect, it } from 'vitest';

import type { Preview } from '../../src/api/types';
import { messageParts, traceStack } from '../../src/results/message';
import { textOf } from '../../src/results/segment';
import { summaryLine } from '../../src/results/summary-line';
import { consoleEvent, number, object, property, string } from './samples';

function shown(...args: Preview[]): string {
  return messageParts(consoleEvent({ args }))
    .map((part) => ('text' in part ? part.text : textOf(summaryLine(part.value))))
    .join('');
}

const value = object({ entries: [property('a', string('x'))] });

describe('messageParts', () => {
  it('shows strings bare and values as source', () => {
    expect(shown(string('a'), number(1), value)).toBe("a 1 { a: 'x' }");
  });

  it('applies format specifiers', () => {
    expect(shown(string('%s is %d%%, %o'), string('x'), number(5), value, number(9))).toBe(
      "x is 5%, { a: 'x' } 9",
    );
    expect(shown(string('%i %f'), number(5.9), string('1.5kg'))).toBe('5 1.5');
    expect(shown(string('%d'), value)).toBe('NaN');
  });

  it('swallows the style of %c', () => {
    expect(shown(string('%cbig%c small'), string('color: red'), string(''))).toBe('big small');
  });

  it('leaves specifiers without a value as they are', () => {
    expect(shown(string('100%'), number(1))).toBe('100% 1');
    expect(shown(string('%s and %s'), string('a'))).toBe('a and %s');
    expect(shown(string('%%'))).toBe('%%');
  });

  it('falls back to the text of an event without arguments', () => {
    expect(messageParts(consoleEvent({ text: 'default: 1' }))).toEqual([{ text: 'default: 1' }]);
    expect(messageParts(consoleEvent())).toEqual([]);
  });
});

describe('traceStack', () => {
  it('is what follows the message', () => {
    const text = 'Trace: a\n    at b\n    at f (main.js:1:2)\n    at main.js:3:1';
    expect(traceStack(consoleEvent({ level: 'trace', text }))).toBe(
      '\n    at b\n    at f (main.js:1:2)\n    at main.js:3:1',
    );
    expect(traceStack(consoleEvent({ level: 'trace', text: 'Trace' }))).toBe('');
    expect(traceStack(consoleEvent({ level: 'error', text }))).toBe('');
  });
});
