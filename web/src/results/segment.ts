/** A stretch of text in one style: what a value's one-line summary is made of. */
export interface Segment {
  style: 'plain' | 'string' | 'number' | 'keyword' | 'key' | 'muted';
  text: string;
}

export function segment(style: Segment['style'], text: string): Segment {
  return { style, text };
}

/** The segments without their styles. */
export function textOf(segments: Segment[]): string {
  return segments.map(({ text }) => text).join('');
}
