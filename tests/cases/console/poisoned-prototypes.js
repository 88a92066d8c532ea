// expect console log: still here
// expect value: undefined
Array.prototype.push = Array.prototype[Symbol.iterator] = String.prototype.split = () => { throw 1; };
console.log("still", "here")
