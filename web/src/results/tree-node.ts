import type { Entry, ObjectPreview, Preview } from '../api/types';
import type { Circles } from './circles';
import { segment, type Segment } from './segment';
import { holesNote, keySegments, omittedNote } from './summary-line';

/** A row below an expanded value: a value under a key, or a note. */
export type TreeRow = { key: Segment[]; value: Preview } | { note: string };

/** Whether there is something to see below the value's own line. */
export function isExpandable(preview: Preview): preview is ObjectPreview {
  return preview.type === 'object' && (preview.entries.length > 0 || hasBytes(preview));
}

/** The rows below an expanded value. */
export function treeRows(preview: ObjectPreview, circles: Circles): TreeRow[] {
  const rows: TreeRow[] = [];
  if (hasBytes(preview)) rows.push(...byteRows(preview));
  let index = 0;
  for (const entry of preview.entries) {
    if (entry.key.type === 'holes') {
      index += entry.key.count;
      rows.push({ note: holesNote(entry.key.count) });
    } else {
      rows.push({ key: rowKey(preview, entry, index, circles), value: entry.value });
      if (entry.key.type === 'element') index += 1;
    }
  }
  if (preview.omitted > 0) rows.push({ note: `… ${omittedNote(preview)}` });
  return rows;
}

function rowKey(parent: ObjectPreview, entry: Entry, index: number, circles: Circles): Segment[] {
  const separator = segment('plain', ': ');
  switch (entry.key.type) {
    case 'element':
      return [segment('muted', String(index)), separator];
    case 'internal':
      return [segment('muted', internalName(parent)), separator];
    default:
      return keySegments(entry, circles);
  }
}

/** The names that the specification gives to what is no property. */
function internalName(parent: ObjectPreview): string {
  switch (parent.kind) {
    case 'promise':
      return parent.state === 'rejected' ? '[[Reason]]' : '[[Value]]';
    case 'proxy':
      return '[[Target]]';
    case 'boxed':
      return '[[PrimitiveValue]]';
    default:
      return '[[Internal]]';
  }
}

function hasBytes(preview: ObjectPreview): boolean {
  return (preview.bytes?.length ?? 0) > 0;
}

/** Sixteen bytes a row, in hexadecimal after their offset. */
function byteRows(preview: ObjectPreview): TreeRow[] {
  const bytes = preview.bytes ?? [];
  const rows: TreeRow[] = [];
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const row = bytes.slice(offset, offset + 16).map((byte) => hexadecimal(byte, 2));
    rows.push({ note: `${hexadecimal(offset, 4)}  ${row.join(' ')}` });
  }
  const left = (preview.byte_length ?? bytes.length) - bytes.length;
  if (left > 0) rows.push({ note: `… ${left} more ${left === 1 ? 'byte' : 'bytes'}` });
  return rows;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
