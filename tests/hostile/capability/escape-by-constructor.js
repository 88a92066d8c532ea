// expect status: ok
// expect value: true
console.log.constructor('return this')() === globalThis && setTimeout.constructor('return typeof Deno')() === 'undefined'
