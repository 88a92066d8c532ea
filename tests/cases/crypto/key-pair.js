// expect value: true
const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
const text = new Uint8Array([1, 2, 3]);
const algorithm = { name: "ECDSA", hash: "SHA-256" };
await crypto.subtle.verify(algorithm, pair.publicKey, await crypto.subtle.sign(algorithm, pair.privateKey, text), text)
