import { describe, expect, it } from 'vitest';

import { EventParser, readEvents, type ServerSentEvent } from '../../src/api/sse';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function parse(...chunks: (string | Uint8Array)[]): ServerSentEvent[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === 'string' ? bytesOf(chunk) : chunk));
}

describe('EventParser', () => {
  it('reads name, data and id', () => {
    expect(parse('id: 3\nevent: console\ndata: {"a":1}\n\n')).toEqual([
      { name: 'console', data: '{"a":1}', id: '3' },
    ]);
  });

  it.each(['\n', '\r\n', '\r'])(
    'reads the same wherever the bytes are cut, lines ending %j',
    (end) => {
      const lines = [
        'id: 1',
        'event: console',
        'data: "grüße 🌍 – ok"',
        '',
        ': ping',
        'data: zwei',
        '',
        '',
      ];
      const bytes = bytesOf(lines.join(end));
      const whole = [
        { name: 'console', data: '"grüße 🌍 – ok"', id: '1' },
        { name: 'message', data: 'zwei', id: '1' },
      ];
      for (let first = 0; first <= bytes.length; first += 1) {
        for (let second = first; second <= bytes.length; second += 1) {
          const cut = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
          expect(parse(...cut)).toEqual(whole);
        }
      }
    },
  );

  it('reads bytes that come one by one', () => {
    const bytes = bytesOf('event: a\r\ndata: é\r\n\r\ndata: 2\r\n\r\n');
    expect(parse(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([
      { name: 'a', data: 'é', id: '' },
      { name: 'message', data: '2', id: '' },
    ]);
  });

  it('joins the lines of data', () => {
    expect(parse('data: one\ndata:two\ndata:\ndata:  four\n\n')[0]?.data).toBe('one\ntwo\n\n four');
  });

  it('ignores comments, unknown fields and events without data', () => {
    expect(parse(': hello\n\nretry: 5\nfuture: x\nevent: empty\n\ndata: 1\n\n')).toEqual([
      { name: 'message', data: '1', id: '' },
    ]);
  });

  it('keeps the last id and ignores one with NUL', () => {
    expect(
      parse('id: 7\ndata: a\n\nid: 8\0\ndata: b\n\nid\ndata: c\n\n').map(({ id }) => id),
    ).toEqual(['7', '7', '']);
  });

  it('skips a byte order mark', () => {
    expect(parse('\uFEFFdata: 1\n\n')).toHaveLength(1);
  });

  it('drops an event that the end cuts off', () => {
    expect(parse('data: 1\n\ndata: 2\n')).toHaveLength(1);
  });
});

describe('readEvents', () => {
  it('gives up the connection when its reader stops early', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytesOf('data: 1\n\n')),
      cancel: () => void (cancelled = true),
    });
    for await (const batch of readEvents(body)) {
      expect(batch).toHaveLength(1);
      break;
    }
    expect(cancelled).toBe(true);
  });
});
