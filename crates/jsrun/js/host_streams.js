// Streams between JavaScript and the host: what the engine calls to read one, and to make one.
import { primordials } from "ext:core/mod.js";

const { ObjectPrototypeIsPrototypeOf, PromisePrototypeThen, SafeWeakMap, uncurryThis, WeakMapPrototypeGet, WeakMapPrototypeSet } = primordials;

/** Takes the platform's own methods before any program can replace them. */
function hostStreams({ ReadableStream, ReadableStreamDefaultController, ReadableStreamDefaultReader }) {
  const streamPrototype = ReadableStream.prototype;
  const getReader = uncurryThis(ReadableStream.prototype.getReader);
  const read = uncurryThis(ReadableStreamDefaultReader.prototype.read);
  const cancelReader = uncurryThis(ReadableStreamDefaultReader.prototype.cancel);
  const enqueue = uncurryThis(ReadableStreamDefaultController.prototype.enqueue);
  const close = uncurryThis(ReadableStreamDefaultController.prototype.close);
  const readers = new SafeWeakMap();

  function readerOf(stream) {
    let reader = WeakMapPrototypeGet(readers, stream);
    if (reader === undefined) {
      reader = getReader(stream);
      WeakMapPrototypeSet(readers, stream, reader);
    }
    return reader;
  }

  return {
    __proto__: null,
    isReadableStream: (value) => ObjectPrototypeIsPrototypeOf(streamPrototype, value),
    /** A promise of `[chunk]`, or of `null` at the end. */
    readStream: (stream) =>
      PromisePrototypeThen(read(readerOf(stream)), ({ done, value }) => (done ? null : [value])),
    cancelStream: (stream) => PromisePrototypeThen(cancelReader(readerOf(stream)), () => undefined),
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
