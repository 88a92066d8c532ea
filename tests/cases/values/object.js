// expect value: { a: 1, 'b-c': 'two', d: { e: { f: [Object] } } }
({ a: 1, "b-c": "two", d: { e: { f: { g: 1 } } } })
