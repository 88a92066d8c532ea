// expect value: [
// expect value:   Crypto { subtle: SubtleCrypto {} },
// expect value:   CryptoKey {
// expect value:     type: 'secret',
// expect value:     extractable: false,
// expect value:     algorithm: { name: 'HMAC', length: 32, hash: [Object] },
// expect value:     usages: [ 'sign' ]
// expect value:   },
// expect value:   true,
// expect value:   '[object SubtleCrypto]'
// expect value: ]
const key = await crypto.subtle.importKey("raw", new Uint8Array(4), { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
[crypto, key, key instanceof CryptoKey, String(crypto.subtle)]
