/** Starting a run and reading what happens in it. */

import { ServiceFailure } from './failure';
import { readEvents, type ServerSentEvent } from './sse';
import type { ConsoleEvent, Outcome, RunRequest, RunStarted } from './types';

export type RunMessage =
  | { name: 'run'; data: RunStarted }
  | { name: 'console'; data: ConsoleEvent }
  | { name: 'outcome'; data: Outcome };

/** Runs a program: its messages in order, in batches as they arrive. Aborting the signal stops the run. */
export type OpenRun = (request: RunRequest, signal: AbortSignal) => AsyncIterable<RunMessage[]>;

export const openRun: OpenRun = async function* (request, signal) {
  const response = await post(request, signal);
  if (!response.ok) throw await ServiceFailure.fromResponse(response);
  const contentType = response.headers.get('content-type') ?? '';
  if (!contentType.startsWith('text/event-stream') || !response.body) {
    throw ServiceFailure.unintelligible(`${contentType || 'no content'} instead of a stream`);
  }
  try {
    for await (const batch of readEvents(response.body)) {
      yield batch.map(toMessage).filter((message) => message !== null);
    }
  } catch (error) {
    throw error instanceof ServiceFailure ? error : ServiceFailure.cutOff(error);
  }
};

async function post(request: RunRequest, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch('/api/v1/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(request),
      signal,
    });
  } catch (error) {
    throw ServiceFailure.unreachable(error);
  }
}

/** `null` for events that a newer service may send and this page does not know. */
function toMessage(event: ServerSentEvent): RunMessage | null {
  if (event.name !== 'run' && event.name !== 'console' && event.name !== 'outcome') return null;
  try {
    return { name: event.name, data: JSON.parse(event.data) } as RunMessage;
  } catch (error) {
    throw ServiceFailure.unintelligible(`event ${event.id} is not JSON`, error);
  }
}
