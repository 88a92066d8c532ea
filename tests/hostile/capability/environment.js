// expect status: ok
// expect value: undefined
typeof globalThis.process?.env ?? typeof globalThis.Deno?.env
