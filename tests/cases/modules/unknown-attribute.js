// expect error: TypeError: the import attribute type: "css" is not supported; there is type: "json" (main.js:2:19)
import sheet from "./a.css" with { type: "css" };
sheet;
// file a.css
a {}
