// expect value: [ 2, 4 ]
const chunks = []; for await (const chunk of ReadableStream.from([1, 2]).pipeThrough(new TransformStream({ transform: (c, k) => k.enqueue(c * 2) }))) chunks.push(chunk); chunks
