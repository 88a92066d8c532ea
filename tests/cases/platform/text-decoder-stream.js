// expect value: héllo
const bytes = new TextEncoder().encode('héllo');
const source = new ReadableStream({ start(c) { for (const byte of bytes) c.enqueue(new Uint8Array([byte])); c.close() } });
let text = '';
for await (const chunk of source.pipeThrough(new TextDecoderStream())) text += chunk;
text
