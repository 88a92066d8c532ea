// expect status: ok
// expect value: undefined
(async () => {}).constructor('return typeof Deno')().then((x) => x)
