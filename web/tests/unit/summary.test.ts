import { describe, expect, it } from 'vitest';

import type { Status } from '../../src/api/types';
import { formatBytes, formatDuration } from '../../src/run/quantity';
import { quotasOf } from '../../src/run/quota';
import { summarize } from '../../src/run/summary';
import { limits, outcome } from './samples';

describe('quantities', () => {
  it.each([
    [0, '0 ms'],
    [0.123, '0.12 ms'],
    [5.04, '5 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1500, '1.5 s'],
    [5010, '5.01 s'],
    [59_990, '1 min'],
    [90_000, '1.5 min'],
  ])('%d milliseconds are %s', (amount, text) => {
    expect(formatDuration(amount)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [128 * 1024 * 1024, '128 MiB'],
    [3 * 1024 ** 4, '3072 GiB'],
  ])('%d bytes are %s', (amount, text) => {
    expect(formatBytes(amount)).toBe(text);
  });
});

describe('the outcome in words', () => {
  const short = (status: Status) =>
    summarize({ phase: 'finished', code: '', outcome: outcome({ status }) }).short;

  it.each<[Status, string]>([
    ['ok', 'Finished'],
    ['error', 'Failed with an error'],
    ['cancelled', 'Cancelled'],
    ['crashed', 'The engine crashed'],
    ['wall_time', 'Stopped: wall time limit of 5 s'],
    ['cpu_time', 'Stopped: CPU time limit of 2 s'],
    ['memory', 'Stopped: memory limit of 128 MiB'],
    ['output', 'Stopped: output limit of 1 MiB'],
  ])('%s: %s', (status, words) => {
    expect(short(status)).toBe(words);
  });

  it('is spoken with the error and its line', () => {
    const error = {
      name: 'TypeError',
      message: 'x is not a function',
      stack: null,
      position: { file: 'main.js', line: 3, column: 1 },
      frames: [],
      cause: null,
    };
    const state = {
      phase: 'finished' as const,
      code: '',
      outcome: outcome({ status: 'error', error }),
    };
    expect(summarize(state).spoken).toBe('TypeError: x is not a function. Line 3.');
  });
});

describe('quotas', () => {
  it('stand against their limits and tell which one was exceeded', () => {
    const usage = { wall_ms: 900, cpu_ms: 2001, peak_heap_bytes: 1024, output_bytes: 0 };
    const state = {
      phase: 'finished' as const,
      code: '',
      outcome: outcome({ status: 'cpu_time', usage }),
    };
    expect(quotasOf(state)).toEqual([
      { name: 'Wall time', used: '900 ms', limit: '5 s', share: 0.18, exceeded: false },
      { name: 'CPU time', used: '2 s', limit: '2 s', share: 1, exceeded: true },
      {
        name: 'Peak memory',
        used: '1 KiB',
        limit: '128 MiB',
        share: 1 / 128 / 1024,
        exceeded: false,
      },
      { name: 'Output', used: '0 B', limit: '1 MiB', share: 0, exceeded: false },
    ]);
  });

  it('show the limits of a running program before it has used anything', () => {
    expect(quotasOf({ phase: 'running', code: '', limits })[0]).toMatchObject({
      used: null,
      limit: '5 s',
    });
    expect(quotasOf({ phase: 'idle' })[0]).toMatchObject({ used: null, limit: null });
  });
});
