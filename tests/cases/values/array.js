// expect value: [ 1, 'a', null, undefined, <1 empty item>, true ]
[1, "a", null, undefined, , true]
