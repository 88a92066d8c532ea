// expect value: [ 'http://a/', 5, true, 'DataCloneError' ]
// A global whose script did not fit on the stack is loaded when there is room. No stream is made down there: an overflow in the
// middle of that leaves a rejected promise, which nobody handles.
let deepest = 0;
function dive(depth) {
  deepest = depth;
  try {
    new URL("http://b").href;
    new Blob([]).size;
    ReadableStream.name;
    structuredClone({});
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  dive(depth + 1);
}
try { dive(0); } catch (error) { if (!(error instanceof RangeError)) throw error; }
function name(work) { try { work(); } catch (error) { return error.name; } }
[new URL("http://a").href, new Blob(["hello"]).size, new ReadableStream() instanceof ReadableStream, name(() => structuredClone(() => 1))]
