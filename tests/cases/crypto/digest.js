// expect value: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
// The example of FIPS 180-4.
new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc"))).toHex()
