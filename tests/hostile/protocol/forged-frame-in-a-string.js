// expect status: ok
console.log(String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i)).repeat(20)); 1
