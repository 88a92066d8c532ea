// expect value: [ 'a', 'b' ]
Array.fromAsync(ReadableStream.from(['a', 'b']))
