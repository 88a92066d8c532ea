import { afterEach, describe, expect, it, vi } from 'vitest';

import { openRun, type RunMessage } from '../../src/api/runs';
import { ConsoleLog } from '../../src/run/console-log.svelte';
import { Runner } from '../../src/run/runner.svelte';
import { consoleEvent, limits, outcome } from './samples';

/** A run whose messages the test sends. It goes on when it is aborted: only the runner may ignore it. */
class FakeRun {
  readonly signal: AbortSignal;
  #controller: ReadableStreamDefaultController<RunMessage[]> | undefined;
  readonly messages = new ReadableStream<RunMessage[]>({
    start: (controller) => void (this.#controller = controller),
  });

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  send(...batch: RunMessage[]) {
    this.#controller?.enqueue(batch);
  }

  end() {
    this.#controller?.close();
  }
}

function setUp() {
  const runs: FakeRun[] = [];
  const log = new ConsoleLog({ schedule: (callback) => callback() });
  const runner = new Runner((_request, signal) => {
    const run = new FakeRun(signal);
    runs.push(run);
    return run.messages;
  }, log);
  const texts = () => log.blocks.flatMap(({ entries }) => entries.map(({ event }) => event.text));
  const newest = () => {
    const run = runs.at(-1);
    if (!run) throw new Error('no run was started');
    return run;
  };
  return { runner, newest, texts };
}

const started: RunMessage = { name: 'run', data: { id: 'r1', limits } };
const printed = (text: string): RunMessage => ({ name: 'console', data: consoleEvent({ text }) });
const finished: RunMessage = { name: 'outcome', data: outcome() };

describe('Runner', () => {
  it('goes from running to finished', async () => {
    const { runner, newest, texts } = setUp();
    expect(runner.state).toEqual({ phase: 'idle' });
    const run = runner.run('2 + 2');
    expect(runner.state).toEqual({ phase: 'running', code: '2 + 2', limits: null });
    newest().send(started, printed('a'), finished);
    await run;
    expect(runner.state).toEqual({ phase: 'finished', code: '2 + 2', outcome: outcome() });
    expect(texts()).toEqual(['a']);
    expect(newest().signal.aborted).toBe(false);
  });

  it('ignores what follows the outcome', async () => {
    const { runner, newest, texts } = setUp();
    const run = runner.run('');
    newest().send(finished, printed('late'));
    await run;
    expect(runner.state.phase).toBe('finished');
    expect(texts()).toEqual([]);
  });

  it('cancels the running program when another is started, and ignores its late events', async () => {
    const { runner, newest, texts } = setUp();
    const first = runner.run('first');
    const old = newest();
    const second = runner.run('second');
    expect(old.signal.aborted).toBe(true);
    old.send(printed('late'), finished);
    await first;
    expect(runner.state).toMatchObject({ phase: 'running', code: 'second' });
    newest().send(printed('new'), finished);
    await second;
    expect(texts()).toEqual(['new']);
    expect(runner.state).toMatchObject({ phase: 'finished', code: 'second' });
  });

  it('keeps the output of a program that is stopped, and ignores its late events', async () => {
    const { runner, newest, texts } = setUp();
    const run = runner.run('x');
    newest().send(started, printed('a'));
    await vi.waitFor(() => expect(texts()).toEqual(['a']), { timeout: 30_000 });
    runner.stop();
    expect(newest().signal.aborted).toBe(true);
    newest().send(printed('late'), finished);
    await run;
    expect(runner.state).toEqual({ phase: 'stopped', code: 'x', limits });
    expect(texts()).toEqual(['a']);
  });

  it('fails when the stream ends without an outcome, and can run again', async () => {
    const { runner, newest, texts } = setUp();
    const run = runner.run('x');
    newest().send(printed('a'));
    newest().end();
    await run;
    expect(runner.state).toMatchObject({ phase: 'failed' });
    expect(texts()).toEqual(['a']);
    const again = runner.run('x');
    expect(texts()).toEqual([]);
    newest().send(finished);
    await again;
    expect(runner.state.phase).toBe('finished');
  });

  it('clears what is shown', async () => {
    const { runner, newest, texts } = setUp();
    const run = runner.run('x');
    newest().send(printed('a'), finished);
    await run;
    runner.clear();
    expect(texts()).toEqual([]);
    expect(runner.state.phase).toBe('idle');
  });
});

describe('Runner over HTTP', () => {
  afterEach(() => vi.unstubAllGlobals());

  async function failureOf(answer: () => Promise<Response>) {
    vi.stubGlobal('fetch', answer);
    const runner = new Runner(openRun, new ConsoleLog({ schedule: (callback) => callback() }));
    await runner.run('x');
    if (runner.state.phase !== 'failed') throw new Error(`the run is ${runner.state.phase}`);
    return runner.state.failure;
  }

  const problem = (status: number, body: object, headers: Record<string, string> = {}) =>
    Promise.resolve(
      new Response(JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/problem+json', ...headers },
      }),
    );

  const stream = (text: string) =>
    Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } }));

  it('tells a problem with its detail and its field', async () => {
    const failure = await failureOf(() =>
      problem(422, {
        title: 'Invalid request',
        detail: 'must be positive',
        field: 'limits.wall_ms',
      }),
    );
    expect(failure.message).toBe('Invalid request: must be positive (limits.wall_ms)');
  });

  it.each([429, 503])('says when to try again after %i', async (status) => {
    const busy = await failureOf(() => problem(status, { title: 'Busy' }, { 'retry-after': '3' }));
    expect(busy.advice).toContain('Try again in 3 seconds.');
    const vague = await failureOf(() => problem(status, { title: 'Busy' }));
    expect(vague.advice).toContain('Try again in a moment.');
  });

  it('tells an error that is no problem+json', async () => {
    const failure = await failureOf(() =>
      Promise.resolve(new Response('<h1>Bad gateway</h1>', { status: 502 })),
    );
    expect(failure.message).toBe('HTTP 502');
    expect(failure.advice).toContain('fault of the service');
  });

  it('tells that the service cannot be reached', async () => {
    const failure = await failureOf(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(failure.message).toContain('could not be reached');
  });

  it('tells an answer that is no stream', async () => {
    const failure = await failureOf(() =>
      Promise.resolve(new Response('hi', { headers: { 'content-type': 'text/html' } })),
    );
    expect(failure.message).toContain('text/html instead of a stream');
  });

  it('tells a stream that ends or breaks before the outcome', async () => {
    const start = `event: run\ndata: ${JSON.stringify({ id: 'r', limits })}\n\n`;
    expect((await failureOf(() => stream(start))).message).toContain('before the run’s outcome');
    const broken = await failureOf(() =>
      Promise.resolve(
        new Response(
          new ReadableStream({ pull: (controller) => controller.error(new TypeError('reset')) }),
          { headers: { 'content-type': 'text/event-stream' } },
        ),
      ),
    );
    expect(broken.message).toContain('before the run’s outcome');
  });

  it('tells an event that is not JSON', async () => {
    const failure = await failureOf(() => stream('id: 4\nevent: console\ndata: {oops\n\n'));
    expect(failure.message).toContain('event 4 is not JSON');
  });

  it('skips events that it does not know', async () => {
    const text = `event: future\ndata: x\n\nevent: outcome\ndata: ${JSON.stringify(outcome())}\n\n`;
    vi.stubGlobal('fetch', () => stream(text));
    const runner = new Runner(openRun, new ConsoleLog({ schedule: (callback) => callback() }));
    await runner.run('x');
    expect(runner.state.phase).toBe('finished');
  });
});
