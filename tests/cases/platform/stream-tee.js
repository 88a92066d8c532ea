// expect value: 1,2 1,2
const stream = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } });
const [left, right] = stream.tee();
`${await Array.fromAsync(left)} ${await Array.fromAsync(right)}`
