// expect error: TypeError: Module import failed: cannot find "https://example.com/a.js", imported from main.js:2:1 (tried https://example.com/a.js, static modules) (main.js:2:1)
import("https://example.com/a.js");
