// expect value: [ 'InvalidAccessError', 'NotSupportedError', 'TypeError' ]
const key = await crypto.subtle.importKey("raw", new Uint8Array(4), { name: "HMAC", hash: "SHA-1" }, false, ["verify"]);
const names = [];
for (const attempt of [
  () => crypto.subtle.sign("HMAC", key, new Uint8Array(1)),
  () => crypto.subtle.digest("MD5", new Uint8Array(1)),
  () => crypto.subtle.digest("SHA-1"),
]) {
  await attempt().catch((error) => names.push(error.name));
}
names
