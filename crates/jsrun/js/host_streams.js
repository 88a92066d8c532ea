// Streams between JavaScript and the host: what the engine calls to read one, and to make one.
import { primordials } from "ext:core/mod.js";

const {
  ObjectDefineProperty,
  ObjectPrototypeIsPrototypeOf,
  Promise,
  PromisePrototypeThen,
  SafeWeakMap,
  uncurryThis,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} = primordials;

/** Takes the platform's own methods before any program can replace them. */
function hostStreams({ ReadableStream, ReadableStreamDefaultController, ReadableStreamDefaultReader }) {
  const streamPrototype = ReadableStream.prototype;
  const getReader = uncurryThis(ReadableStream.prototype.getReader);
  const read = uncurryThis(ReadableStreamDefaultReader.prototype.read);
  const cancelReader = uncurryThis(ReadableStreamDefaultReader.prototype.cancel);
  const enqueue = uncurryThis(ReadableStreamDefaultController.prototype.enqueue);
  const close = uncurryThis(ReadableStreamDefaultController.prototype.close);
  /** What the host reads, by stream. */
  const sources = new SafeWeakMap();
  /** What the host has asked for, by the promise that it got. */
  const requests = new SafeWeakMap();

  /**
   * Requests of the host, and what the stream gave: a host may give up a request and ask again, and then gets what arrived
   * meanwhile. Both are lists linked by `next`, in the order of the stream.
   */
  function sourceOf(stream) {
    let source = WeakMapPrototypeGet(sources, stream);
    if (source === undefined) {
      source = {
        __proto__: null,
        reader: getReader(stream),
        // How many requests wait, and how many chunks the stream has been asked for that it has not given.
        waiting: 0,
        asked: 0,
        given: 0,
        request: null,
        chunk: null,
      };
      WeakMapPrototypeSet(sources, stream, source);
    }
    return source;
  }

  function readStream(stream) {
    const source = sourceOf(stream);
    if (source.chunk === null && source.asked <= source.waiting) {
      const chunk = read(source.reader);
      source.asked += 1;
      PromisePrototypeThen(
        chunk,
        ({ done, value }) => {
          const chunk = done ? null : resultOf(value);
          receive(source, (request) => request.resolve(chunk));
        },
        (error) => receive(source, (request) => request.reject(error)),
      );
    }
    const request = { __proto__: null, source, chunk: null, next: null };
    const promise = new Promise((resolve, reject) => {
      request.resolve = resolve;
      request.reject = reject;
    });
    WeakMapPrototypeSet(requests, promise, request);
    const chunk = source.chunk;
    if (chunk !== null) {
      source.chunk = chunk.next;
      give(chunk, request);
      return promise;
    }
    source.waiting += 1;
    let last = source.request;
    if (last === null) {
      source.request = request;
    } else {
      while (last.next !== null) {
        last = last.next;
      }
      last.next = request;
    }
    return promise;
  }

  /** An array of one chunk. Promises ask what they are resolved with for a `then`, which the program's prototypes may have. */
  function resultOf(chunk) {
    return ObjectDefineProperty([chunk], "then", { __proto__: null, value: undefined });
  }

  /** The stream gave something; `settle` hands it to a request. */
  function receive(source, settle) {
    source.asked -= 1;
    source.given += 1;
    const chunk = { __proto__: null, number: source.given, settle, next: null };
    const request = source.request;
    if (request === null) {
      keep(source, chunk);
    } else {
      source.request = request.next;
      source.waiting -= 1;
      give(chunk, request);
    }
  }

  function give(chunk, request) {
    request.chunk = chunk;
    chunk.settle(request);
  }

  /** Puts back what no request has taken. */
  function keep(source, chunk) {
    let before = null;
    let after = source.chunk;
    while (after !== null && after.number < chunk.number) {
      before = after;
      after = after.next;
    }
    chunk.next = after;
    if (before === null) {
      source.chunk = chunk;
    } else {
      before.next = chunk;
    }
  }

  /** The host gives up a request that it has made: what it gets, or has got, is the next one's. */
  function giveUpRead(promise) {
    const request = WeakMapPrototypeGet(requests, promise);
    if (request === undefined) {
      return;
    }
    const { source } = request;
    if (request.chunk !== null) {
      const chunk = request.chunk;
      request.chunk = null;
      if (source.request === null) {
        keep(source, chunk);
      } else {
        const next = source.request;
        source.request = next.next;
        source.waiting -= 1;
        give(chunk, next);
      }
      return;
    }
    let before = null;
    for (let other = source.request; other !== null; other = other.next) {
      if (other === request) {
        source.waiting -= 1;
        if (before === null) {
          source.request = request.next;
        } else {
          before.next = request.next;
        }
        return;
      }
      before = other;
    }
  }

  function cancelStream(stream) {
    const source = sourceOf(stream);
    source.chunk = null;
    return PromisePrototypeThen(cancelReader(source.reader), () => undefined);
  }

  return {
    __proto__: null,
    isReadableStream: (value) => ObjectPrototypeIsPrototypeOf(streamPrototype, value),
    cancelStream,
    giveUpRead,
    /** A promise of `[chunk]`, or of `null` at the end. */
    readStream,
    /** `pull` gives promises as `readStream` does; `ended` is told whether the program wanted no more. */
    makeStream: (pull, ended) =>
      new ReadableStream(
        {
          __proto__: null,
          pull: (controller) =>
            PromisePrototypeThen(
              pull(),
              (chunk) => {
                if (chunk === null) {
                  ended(false);
                  close(controller);
                } else {
                  enqueue(controller, chunk[0]);
                }
              },
              (error) => {
                ended(false);
                throw error;
              },
            ),
          cancel: () => ended(true),
        },
        // A chunk is pulled when somebody reads, not before.
        { __proto__: null, highWaterMark: 0 },
      ),
  };
}

export { hostStreams };
