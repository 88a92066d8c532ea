// expect value: 3
function size(x: string): number;
function size(x: unknown[]): number;
function size(x: any) { return x!.length as number }
size('abc')
