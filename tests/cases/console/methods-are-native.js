// expect value: log 0 true function log() { [native code] } TypeError
const { log } = console;
let thrown;
try { new log() } catch (error) { thrown = error.name }
`${log.name} ${log.length} ${!('prototype' in log)} ${log} ${thrown}`
