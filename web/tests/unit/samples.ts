/** Well-formed pieces of the API's shapes, for tests to vary. */

import type {
  ConsoleEvent,
  Entry,
  Limits,
  ObjectPreview,
  Outcome,
  Preview,
} from '../../src/api/types';

export const limits: Limits = {
  wall_ms: 5000,
  cpu_ms: 2000,
  memory_bytes: 128 * 1024 * 1024,
  output_bytes: 1024 * 1024,
};

export function outcome(over: Partial<Outcome> = {}): Outcome {
  return {
    type: 'outcome',
    status: 'ok',
    value: number(4),
    text: '4',
    error: null,
    usage: { wall_ms: 12, cpu_ms: 3.25, peak_heap_bytes: 4 * 1024 * 1024, output_bytes: 0 },
    limits,
    ...over,
  };
}

export function consoleEvent(over: Partial<ConsoleEvent> = {}): ConsoleEvent {
  return {
    type: 'console',
    level: 'log',
    args: [],
    text: '',
    position: null,
    group: 0,
    t_us: 0,
    ...over,
  };
}

export const number = (value: number): Preview => ({ type: 'number', text: String(value) });

export const string = (text: string, omitted = 0): Preview => ({ type: 'string', text, omitted });

export const element = (value: Preview): Entry => ({ key: { type: 'element' }, value });

export const property = (name: string, value: Preview): Entry => ({
  key: { type: 'property', name },
  value,
});

export function object(over: Partial<ObjectPreview> = {}): ObjectPreview {
  return {
    type: 'object',
    id: 1,
    kind: 'object',
    class: 'Object',
    tag: null,
    label: 'Object',
    entries: [],
    omitted: 0,
    collapsed: false,
    ...over,
  };
}

export function array(values: Preview[], over: Partial<ObjectPreview> = {}): ObjectPreview {
  const length = values.length + (over.omitted ?? 0);
  return object({
    kind: 'array',
    class: 'Array',
    label: `Array(${length})`,
    length,
    entries: values.map(element),
    ...over,
  });
}
