// expect console log: body
// expect console log: disposed
// expect value: undefined
{
  using x: Disposable = { [Symbol.dispose]() { console.log('disposed') } };
  console.log('body');
}
