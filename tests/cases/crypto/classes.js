// expect value: [
// expect value:   'length,name,prototype length,name,prototype length,name,prototype,supports',
// expect value:   'TypeError,TypeError,TypeError',
// expect value:   true,
// expect value:   true
// expect value: ]
[
  [Crypto, CryptoKey, SubtleCrypto].map((type) => Object.getOwnPropertyNames(type).sort().join()).join(" "),
  [Crypto, CryptoKey, SubtleCrypto].map((Type) => { try { return new Type(); } catch (error) { return error.name; } }).join(),
  crypto === crypto, Object.getPrototypeOf(crypto) === Crypto.prototype,
]
