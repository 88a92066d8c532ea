// expect error: Error: mine (main.js:3:1)
try { new ArrayBuffer(1e9); } catch {}
throw new Error("mine")
