// expect value: TypeError �
let name;
try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (error) { name = error.name }
`${name} ${new TextDecoder().decode(new Uint8Array([255]))}`
