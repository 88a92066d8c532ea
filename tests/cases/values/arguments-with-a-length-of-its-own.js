// expect value: [Arguments] []
(function () { arguments.length = { valueOf() { throw 1; } }; return arguments; })(1)
