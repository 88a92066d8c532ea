// expect value: 42
import { add } from "./add.wasm";
add(40, 2);
// file add.wasm
AGFzbQEAAAABBwFgAn9/AX8DAgEABwcBA2FkZAAACgkBBwAgACABags=
