// expect value: 1 5
namespace N { export const x = 1; export function f(N: number) { return `${x} ${N}` } }
N.f(5)
