// expect value: hello
const stream = new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip"));
let text = ""; for await (const chunk of stream.pipeThrough(new TextDecoderStream())) text += chunk; text
