// expect value: 55ac046e56e3089fec1691c22544b605
// The first test vector of RFC 7914 for PBKDF2-HMAC-SHA-256.
const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("passwd"), "PBKDF2", false, ["deriveBits"]);
const salt = new TextEncoder().encode("salt");
new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 1 }, key, 128)).toHex()
