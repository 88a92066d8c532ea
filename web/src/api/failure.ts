/** Why the page has no outcome of a run: the network's, the service's or the stream's fault, not the program's. */

import type { Problem } from './types';

export class ServiceFailure extends Error {
  override name = 'ServiceFailure';
  /** What the user can do next. */
  readonly advice: string;

  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }

  /** No answer at all. */
  static unreachable(cause: unknown): ServiceFailure {
    return new ServiceFailure(
      'The jsrun service could not be reached.',
      'Check your connection and that the service is running, then run the program again.',
      { cause },
    );
  }

  /** The stream broke or ended before the outcome. */
  static cutOff(cause?: unknown): ServiceFailure {
    return new ServiceFailure(
      'The connection ended before the run’s outcome arrived.',
      'The output so far is kept. Run the program again.',
      { cause },
    );
  }

  /** An answer that this page does not understand. */
  static unintelligible(what: string, cause?: unknown): ServiceFailure {
    return new ServiceFailure(
      `The service sent an answer that this page does not understand: ${what}.`,
      'Reload the page: it may be older than the service. A proxy in between can be the reason too.',
      { cause },
    );
  }

  /** An answer that is not a run: problem+json, or whatever a proxy says instead. */
  static async fromResponse(response: Response): Promise<ServiceFailure> {
    const problem = await readProblem(response);
    const title = problem.title ?? `HTTP ${response.status}`;
    const field = problem.field ? ` (${problem.field})` : '';
    const message = problem.detail ? `${title}: ${problem.detail}` : title;
    return new ServiceFailure(message + field, adviceFor(response));
  }
}

async function readProblem(response: Response): Promise<Problem> {
  if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return {};
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

function adviceFor(response: Response): string {
  switch (response.status) {
    case 401:
    case 403:
      return 'This service wants a permission that you do not have. Ask whoever runs it.';
    case 413:
      return 'Make the program shorter, then run it again.';
    case 429:
      return `You have started many runs. ${retry(response)}`;
    case 503:
      return `The service is busy. ${retry(response)}`;
  }
  return response.status >= 500
    ? 'This is a fault of the service, not of your program. Run it again; if it stays, tell whoever runs the service.'
    : 'The service refused the request as this page made it. Reload the page and try again.';
}

function retry(response: Response): string {
  // Retry-After may be a date as well; "in a moment" is all that a reader needs then.
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  if (!Number.isFinite(seconds) || seconds <= 0) return 'Try again in a moment.';
  return `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
}
