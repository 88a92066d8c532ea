// expect value: [ true, 16, true, 'QuotaExceededError', 'TypeMismatchError' ]
const bytes = new Uint8Array(16);
const refusal = (view) => { try { crypto.getRandomValues(view); } catch (error) { return error.name; } };
[crypto.getRandomValues(bytes) === bytes, bytes.length, bytes.some(Boolean), refusal(new Uint8Array(65537)), refusal(new Float64Array(1))]
