// expect value: undefined
"use strict";
import "./a.js";
(function () { return typeof this; })();
// file a.js
export {};
