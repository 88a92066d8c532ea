// expect error: Error (main.js:3:17)
setTimeout(() => {
  const error = new Error("e");
  for (const name of ["stack", "message", "cause", "name"]) Object.defineProperty(error, name, { get() { console.log("touched", name); } });
  throw error;
});
1
