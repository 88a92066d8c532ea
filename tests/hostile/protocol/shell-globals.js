// expect status: ok
// expect value: true
['print', 'load', 'read', 'readbuffer', 'os', 'd8', 'version', 'gc', 'Worker', 'Realm'].every((name) => !(name in globalThis))
