// expect value: 3 1,2,3
const stream = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2, 3])); c.close() } });
const { value } = await stream.getReader({ mode: 'byob' }).read(new Uint8Array(8));
`${value.length} ${value}`
