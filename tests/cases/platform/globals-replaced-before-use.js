// expect value: mine,2,undefined,false,3,number,mine too,mine
// What a program puts in the place of a global that nothing has used stays there.
globalThis.URL = "mine";
var Blob = 2;
delete globalThis.File;
function Event() { return 3; }
class TextDecoder { static own = "mine too"; }
Object.defineProperty(globalThis, "FileReader", { get: () => "mine", configurable: true });
const port = new MessageChannel().port1; // Loads what defines `Event`, and what uses it.
port.close();
[URL, Blob, typeof File, "File" in globalThis, Event(), typeof setTimeout(() => {}), TextDecoder.own, FileReader].join()
