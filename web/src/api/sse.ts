/** Server-sent events, read from a response body: `EventSource` can neither POST nor be aborted with a body. */

export interface ServerSentEvent {
  /** The event's name; `message` when the stream gives none. */
  name: string;
  data: string;
  /** The last `id` seen up to and with this event. */
  id: string;
}

/**
 * An incremental parser after <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
 *
 * Bytes may be cut anywhere, inside a UTF-8 sequence or between CR and LF too. An event that the end
 * of the stream cuts off is dropped, as the specification wants it.
 */
export class EventParser {
  #decoder = new TextDecoder();
  /** The beginning of a line whose end has not arrived. */
  #partial = '';
  /** The last piece ended in CR, so that an LF at the next one's start ends no other line. */
  #afterCarriageReturn = false;
  #name = '';
  #data: string[] = [];
  #id = '';

  /** The events that these bytes complete. */
  push(bytes: Uint8Array): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    for (const line of this.#lines(this.#decoder.decode(bytes, { stream: true }))) {
      if (line === '') {
        const event = this.#dispatch();
        if (event) events.push(event);
      } else {
        this.#field(line);
      }
    }
    return events;
  }

  #lines(text: string): string[] {
    if (text === '') return [];
    const start = this.#afterCarriageReturn && text.startsWith('\n') ? 1 : 0;
    this.#afterCarriageReturn = text.endsWith('\r');
    const lines = text.slice(start).split(/\r\n|\n|\r/);
    lines[0] = this.#partial + (lines[0] ?? '');
    this.#partial = lines.pop() ?? '';
    return lines;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment; servers send them to keep the connection alive.
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }

  #dispatch(): ServerSentEvent | null {
    const name = this.#name || 'message';
    const data = this.#data;
    this.#name = '';
    this.#data = [];
    return data.length === 0 ? null : { name, data: data.join('\n'), id: this.#id };
  }
}

/** The events of a body as they arrive, in batches: those that one network read completed. */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent[]> {
  const parser = new EventParser();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = parser.push(value);
      if (events.length > 0) yield events;
    }
  } finally {
    // Whoever stops reading early wants the connection gone. Its failure is of no interest then.
    reader.cancel().catch(() => {});
  }
}
