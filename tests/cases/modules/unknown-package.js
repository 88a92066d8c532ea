// expect error: TypeError: Module import failed: cannot find "lodash", imported from main.js:2:15 (tried static modules) (main.js:2:15)
import _ from "lodash";
_.chunk([1, 2], 1);
