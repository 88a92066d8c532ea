// expect value: URL { href: 'http://x/' }
Object.defineProperty(Array.prototype, 0, { set() { throw 1; }, configurable: true }); new URL("http://x/")
