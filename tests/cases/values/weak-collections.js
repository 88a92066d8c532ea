// expect value: [ WeakMap { <items unknown> }, WeakSet { <items unknown> } ]
[new WeakMap(), new WeakSet()]
