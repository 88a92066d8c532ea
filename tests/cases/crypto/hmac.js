// expect value: [
// expect value:   'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
// expect value:   true,
// expect value:   false
// expect value: ]
// Test case 1 of RFC 4231.
const key = await crypto.subtle.importKey("raw", new Uint8Array(20).fill(0x0b), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
const text = new TextEncoder().encode("Hi There");
const signature = await crypto.subtle.sign("HMAC", key, text);
[
  new Uint8Array(signature).toHex(),
  await crypto.subtle.verify("HMAC", key, signature, text),
  await crypto.subtle.verify("HMAC", key, signature, text.subarray(1)),
]
