// expect value: [ 'undefined', 'undefined', 'undefined', 'undefined' ]
[typeof Deno, typeof __bootstrap, typeof process, typeof require]
