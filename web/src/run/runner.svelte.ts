import { ServiceFailure } from '../api/failure';
import type { OpenRun, RunMessage } from '../api/runs';
import type { Limits, Outcome } from '../api/types';
import type { ConsoleLog } from './console-log.svelte';

/** Where the page's one run stands. `code` is the program as it was started. */
export type RunState =
  | { phase: 'idle' }
  | { phase: 'running'; code: string; limits: Limits | null }
  | { phase: 'finished'; code: string; outcome: Outcome }
  /** Stopped from this page: the connection was dropped, so no outcome follows. */
  | { phase: 'stopped'; code: string; limits: Limits | null }
  /** The service, the network or the stream failed: there is no outcome to show. */
  | { phase: 'failed'; code: string; failure: ServiceFailure };

/** Runs programs one at a time: starting one cancels the one that is running. */
export class Runner {
  state = $state.raw<RunState>({ phase: 'idle' });
  readonly log: ConsoleLog;
  #open: OpenRun;
  /** Of the current run. Another object here means that a run is over, whatever still arrives from it. */
  #abort: AbortController | null = null;

  constructor(open: OpenRun, log: ConsoleLog) {
    this.#open = open;
    this.log = log;
  }

  get running(): boolean {
    return this.state.phase === 'running';
  }

  /** Runs a program and returns when its run is over or has been replaced. Never rejects. */
  async run(code: string): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const isCurrent = () => this.#abort === abort;
    this.log.reset();
    this.state = { phase: 'running', code, limits: null };
    try {
      for await (const batch of this.#open({ code }, abort.signal)) {
        if (!isCurrent()) return;
        for (const message of batch) this.#take(message, code);
        if (!this.running) break;
      }
      if (isCurrent() && this.running) throw ServiceFailure.cutOff();
    } catch (error) {
      if (isCurrent()) this.state = { phase: 'failed', code, failure: toFailure(error) };
    } finally {
      if (isCurrent()) this.#abort = null;
    }
  }

  /** Stops the running program; what it printed stays. */
  stop(): void {
    if (this.state.phase !== 'running') return;
    const { code, limits } = this.state;
    this.#abort?.abort();
    this.#abort = null;
    this.state = { phase: 'stopped', code, limits };
  }

  /** Forgets what is shown; a program that is running goes on. */
  clear(): void {
    this.log.reset();
    if (!this.running) this.state = { phase: 'idle' };
  }

  #take(message: RunMessage, code: string): void {
    // Nothing may follow the outcome.
    if (!this.running) return;
    switch (message.name) {
      case 'run':
        this.state = { phase: 'running', code, limits: message.data.limits };
        break;
      case 'console':
        this.log.append(message.data);
        break;
      case 'outcome':
        this.state = { phase: 'finished', code, outcome: message.data };
        break;
    }
  }
}

function toFailure(error: unknown): ServiceFailure {
  return error instanceof ServiceFailure
    ? error
    : ServiceFailure.unintelligible(error instanceof Error ? error.message : String(error), error);
}
