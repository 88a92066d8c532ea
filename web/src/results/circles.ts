import type { Preview } from '../api/types';

/** From the id of an object that contains itself to the number by which it is shown. */
export type Circles = ReadonlyMap<number, number>;

export const noCircles: Circles = new Map();

/** Numbers the objects of a tree that some place inside refers back to, in the order of these places. */
export function numberCircles(preview: Preview): Circles {
  const circles = new Map<number, number>();
  visit(preview, circles);
  return circles;
}

function visit(preview: Preview, circles: Map<number, number>): void {
  if (preview.type === 'circular') {
    if (!circles.has(preview.id)) circles.set(preview.id, circles.size + 1);
  } else if (preview.type === 'object') {
    for (const { key, value } of preview.entries) {
      if (key.type === 'map_key') visit(key.value, circles);
      visit(value, circles);
    }
  }
}
