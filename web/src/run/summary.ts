import type { Exception, Limits, LimitStatus, Outcome } from '../api/types';
import { formatBytes, formatDuration } from './quantity';
import type { RunState } from './runner.svelte';

export type Tone = 'neutral' | 'active' | 'good' | 'bad' | 'warning';

/** A run's state in words. */
export interface Summary {
  tone: Tone;
  /** A word or two for the status bar. */
  short: string;
  /** A sentence for those who hear the page instead of seeing it; empty when there is nothing to say. */
  spoken: string;
}

export function summarize(state: RunState): Summary {
  switch (state.phase) {
    case 'idle':
      return { tone: 'neutral', short: 'Ready', spoken: '' };
    case 'running':
      return { tone: 'active', short: 'Running…', spoken: 'Running.' };
    case 'stopped':
      return {
        tone: 'warning',
        short: 'Cancelled',
        spoken: 'The run was cancelled. Its output so far is kept.',
      };
    case 'failed':
      return {
        tone: 'bad',
        short: 'No outcome',
        spoken: `${state.failure.message} ${state.failure.advice}`,
      };
    case 'finished':
      return summarizeOutcome(state.outcome);
  }
}

function summarizeOutcome(outcome: Outcome): Summary {
  switch (outcome.status) {
    case 'ok':
      return {
        tone: 'good',
        short: 'Finished',
        spoken: `Finished in ${formatDuration(outcome.usage.wall_ms)}. Result: ${shorten(outcome.text ?? 'undefined')}`,
      };
    case 'error':
      return {
        tone: 'bad',
        short: 'Failed with an error',
        spoken: outcome.error ? spokenError(outcome.error) : 'The program failed with an error.',
      };
    case 'cancelled':
      return {
        tone: 'warning',
        short: 'Cancelled',
        spoken: 'The run was cancelled. Its output so far is kept.',
      };
    case 'crashed':
      return {
        tone: 'bad',
        short: 'The engine crashed',
        spoken:
          'The JavaScript engine crashed. Its output so far is kept; the service still works.',
      };
    default: {
      const { name, value } = limitOf(outcome.status, outcome.limits);
      return {
        tone: 'warning',
        short: `Stopped: ${name} limit of ${value}`,
        spoken: `Stopped: the program reached its ${name} limit of ${value}. Its output so far is kept.`,
      };
    }
  }
}

/** What a limit is called and what its value is. */
export function limitOf(status: LimitStatus, limits: Limits): { name: string; value: string } {
  switch (status) {
    case 'wall_time':
      return { name: 'wall time', value: formatDuration(limits.wall_ms) };
    case 'cpu_time':
      return { name: 'CPU time', value: formatDuration(limits.cpu_ms) };
    case 'memory':
      return { name: 'memory', value: formatBytes(limits.memory_bytes) };
    case 'output':
      return { name: 'output', value: formatBytes(limits.output_bytes) };
  }
}

/** `TypeError: x is not a function`, or `Uncaught 42` for a thrown `42`. */
export function headline(exception: Exception): string {
  if (exception.name === null) return `Uncaught ${exception.message}`;
  return exception.message ? `${exception.name}: ${exception.message}` : exception.name;
}

function spokenError(exception: Exception): string {
  const place = exception.position ? ` Line ${exception.position.line}.` : '';
  return `${shorten(headline(exception))}.${place}`;
}

/** Nobody wants to hear a long value read to its end. */
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
