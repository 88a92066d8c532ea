// expect value: 43
import { run } from "./call.wasm";
run();
// file call.wasm
AGFzbQEAAAABBQFgAAF/AhEBCS4vaG9zdC5qcwNnZXQAAAMCAQAHBwEDcnVuAAEKCQEHABAAQQFqCw==
// file host.js
export const get = () => 42;
