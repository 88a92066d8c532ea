// expect value: [ 'mine', false ]
crypto = "mine";
[crypto, Object.keys(globalThis).includes("crypto")]
