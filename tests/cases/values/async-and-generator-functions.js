// expect value: [
// expect value:   [AsyncFunction: a],
// expect value:   [GeneratorFunction: g],
// expect value:   [AsyncGeneratorFunction: h]
// expect value: ]
[async function a() {}, function* g() {}, async function* h() {}]
