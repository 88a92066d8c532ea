// expect value: secret
const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
const iv = crypto.getRandomValues(new Uint8Array(12));
const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode("secret"));
const copy = structuredClone(key);
new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, copy, text))
