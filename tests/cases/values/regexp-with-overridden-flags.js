// expect value: /a/gi
Object.defineProperty(RegExp.prototype, "global", { get() { throw 1; } }); /a/gi
