// expect value: 3
interface Point { x: number; y: number }
const add = (point: Point): number => point.x + point.y;
add({ x: 1, y: 2 } as Point);
