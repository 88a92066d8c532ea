import { describe, expect, it } from 'vitest';

import type { ConsoleLevel } from '../../src/api/types';
import { ConsoleLog } from '../../src/run/console-log.svelte';
import { consoleEvent } from './samples';

/** A log whose frames come when the test says so. */
function logWithFrames(capacity: number) {
  const frames: (() => void)[] = [];
  const log = new ConsoleLog({
    capacity,
    blockSize: 2,
    schedule: (callback) => frames.push(callback),
  });
  const print = (text: string, level: ConsoleLevel = 'log', group = 0) =>
    log.append(consoleEvent({ text, level, group }));
  const frame = () => frames.splice(0).forEach((callback) => callback());
  const entries = () => log.blocks.flatMap((block) => block.entries);
  const texts = () => entries().map(({ event }) => event.text);
  return { log, frames, print, frame, entries, texts };
}

describe('ConsoleLog', () => {
  it('shows what arrived at the next frame, all at once', () => {
    const { frames, print, frame, texts } = logWithFrames(10);
    print('a');
    print('b');
    print('c');
    expect(frames).toHaveLength(1);
    expect(texts()).toEqual([]);
    frame();
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  it('keeps blocks that have not changed', () => {
    const { log, print, frame } = logWithFrames(10);
    ['a', 'b', 'c'].forEach((text) => print(text));
    frame();
    const [full, partial] = log.blocks;
    print('d');
    frame();
    expect(log.blocks).toHaveLength(2);
    expect(log.blocks[0]).toBe(full);
    expect(log.blocks[1]).not.toBe(partial);
  });

  it('drops the oldest and says how many', () => {
    const { log, print, frame, texts } = logWithFrames(4);
    for (let line = 0; line < 1001; line += 1) print(String(line));
    frame();
    expect(texts()).toEqual(['998', '999', '1000']);
    expect(log.dropped).toBe(998);
    expect(log.dropped + texts().length).toBe(1001);
  });

  it('forgets everything at once when a run begins', () => {
    const { log, print, frame, texts } = logWithFrames(4);
    print('old');
    frame();
    print('old and not yet shown');
    log.reset();
    expect(texts()).toEqual([]);
    frame();
    expect(texts()).toEqual([]);
    print('new');
    frame();
    expect(texts()).toEqual(['new']);
    expect(log.dropped).toBe(0);
  });

  it('honours console.clear', () => {
    const { print, frame, entries } = logWithFrames(10);
    print('a');
    print('', 'clear');
    print('b');
    frame();
    expect(entries().map(({ event }) => event.level)).toEqual(['clear', 'log']);
  });

  it('knows which groups enclose an entry', () => {
    const { print, frame, entries } = logWithFrames(20);
    print('outer', 'group', 0);
    print('in outer', 'log', 1);
    print('inner', 'groupCollapsed', 1);
    print('in inner', 'log', 2);
    print('', 'groupEnd', 2);
    print('in outer again', 'log', 1);
    print('', 'groupEnd', 1);
    print('outside', 'log', 0);
    frame();
    expect(entries().map(({ event, groups }) => [event.text, groups])).toEqual([
      ['outer', []],
      ['in outer', [0]],
      ['inner', [0]],
      ['in inner', [0, 2]],
      ['in outer again', [0]],
      ['outside', []],
    ]);
  });
});
