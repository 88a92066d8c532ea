// expect value: http://a/
// What cannot be taken away changes what the platform's scripts make, but nothing ends because of it.
Object.defineProperty(Object.prototype, "unheardOf", { value: 1 });
Object.freeze(Object.prototype);
Object.freeze(Array.prototype);
new URL("http://a").href
