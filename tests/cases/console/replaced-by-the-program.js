// expect console log: original
// expect value: mine: replaced
const { log } = console;
let said;
console = { log: (text) => { said = `mine: ${text}` } };
console.log('replaced');
log('original');
said
