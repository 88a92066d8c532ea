/** A value on one line, laid out as Node's console does: `{ a: 1 }`, `Map(1) { 'k' => 1 }`. */

import type { Entry, ObjectPreview, Preview, StringPreview } from '../api/types';
import { type Circles, noCircles } from './circles';
import { segment, type Segment } from './segment';

/** A summary is for a glance; the tree below it has the rest. */
const MAX_LISTED = 10;
const MAX_NAMED = 5;
const MAX_NESTED_STRING = 50;

const plain = (text: string) => segment('plain', text);

/** The value with the first of its entries. Strings are quoted, and cut only inside other values. */
export function summaryLine(preview: Preview, circles: Circles = noCircles): Segment[] {
  if (preview.type !== 'object') return primitive(preview, circles, Infinity);
  const circle = circles.get(preview.id);
  const reference = circle === undefined ? [] : [segment('muted', `<ref *${circle}> `)];
  return [...reference, ...objectLine(preview, circles)];
}

/** What stands before a value in its parent: `a: `, `'k' => `. Elements have nothing. */
export function keySegments(entry: Entry, circles: Circles = noCircles): Segment[] {
  const { key } = entry;
  switch (key.type) {
    case 'property':
      return [segment('key', isIdentifier(key.name) ? key.name : quote(key.name)), plain(': ')];
    case 'symbol':
      return [segment('key', `[${key.text}]`), plain(': ')];
    case 'hidden':
      return [segment('muted', `[${key.name}]`), plain(': ')];
    case 'map_key':
      return [...nested(key.value, circles), plain(' => ')];
    default:
      return [];
  }
}

/** `3 more items`, as a note after the entries. */
export function omittedNote(preview: ObjectPreview): string {
  const noun = isListed(preview) ? 'item' : 'property';
  const plural = noun === 'item' ? 'items' : 'properties';
  return `${preview.omitted} more ${preview.omitted === 1 ? noun : plural}`;
}

export function holesNote(count: number): string {
  return count === 1 ? '1 empty item' : `${count} empty items`;
}

/** `'it\'s'`, with what would break the line escaped. */
export function quote(text: string): string {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
  return mark + escaped.replaceAll(mark, `\\${mark}`) + mark;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function objectLine(preview: ObjectPreview, circles: Circles): Segment[] {
  const [target] = preview.entries;
  if (preview.kind === 'proxy' && target) {
    return [segment('muted', 'Proxy '), ...summaryLine(target.value, circles)];
  }
  const [open, close] = brackets(preview);
  const before = beforeEntries(preview);
  if (preview.collapsed) return [...before, segment('muted', `${open}…${close}`)];
  const inner: Segment[][] = innerNotes(preview).map((note) => [segment('muted', note)]);
  const most = isListed(preview) ? MAX_LISTED : MAX_NAMED;
  const entries = entriesInSummary(preview);
  for (const entry of entries.slice(0, most)) inner.push(entrySegments(preview, entry, circles));
  if (preview.omitted > 0 || entries.length > most) inner.push([segment('muted', '…')]);
  if (inner.length === 0) {
    return hasOwnText(preview) ? before : [...before, plain(open + close)];
  }
  const separated = inner.flatMap((part, index) => (index === 0 ? part : [plain(', '), ...part]));
  return [...before, plain(`${open} `), ...separated, plain(` ${close}`)];
}

/** A boxed value stands in its object's label already. */
function entriesInSummary(preview: ObjectPreview): Entry[] {
  return preview.kind === 'boxed'
    ? preview.entries.filter(({ key }) => key.type !== 'internal')
    : preview.entries;
}

function entrySegments(parent: ObjectPreview, entry: Entry, circles: Circles): Segment[] {
  if (entry.key.type === 'holes') return [segment('muted', `<${holesNote(entry.key.count)}>`)];
  const state = parent.state === 'rejected' && entry.key.type === 'internal' ? '<rejected> ' : '';
  return [
    ...(state ? [segment('muted', state)] : keySegments(entry, circles)),
    ...nested(entry.value, circles),
  ];
}

/** A value inside a summary: objects stand there by their label alone. */
function nested(preview: Preview, circles: Circles): Segment[] {
  if (preview.type !== 'object') return primitive(preview, circles, MAX_NESTED_STRING);
  if (hasOwnText(preview)) return [ownText(preview, firstLine(preview.label))];
  const isEmpty = preview.entries.length === 0 && preview.omitted === 0 && !preview.collapsed;
  if (isPlainObject(preview)) return [plain(isEmpty ? '{}' : '{…}')];
  if (isPlainArray(preview) && isEmpty) return [plain('[]')];
  return [plain(preview.label)];
}

function primitive(
  preview: Exclude<Preview, ObjectPreview>,
  circles: Circles,
  most: number,
): Segment[] {
  switch (preview.type) {
    case 'undefined':
    case 'null':
      return [segment('muted', preview.type)];
    case 'boolean':
      return [segment('keyword', String(preview.value))];
    case 'number':
    case 'bigint':
      return [segment('number', preview.text)];
    case 'string':
      return stringSegments(preview, most);
    case 'symbol':
      return [segment('string', preview.text)];
    case 'accessor':
      return [segment('muted', accessorText(preview.getter, preview.setter))];
    case 'circular':
      return [segment('muted', `[Circular *${circles.get(preview.id) ?? preview.id}]`)];
  }
}

function stringSegments(preview: StringPreview, most: number): Segment[] {
  const cut = preview.text.length > most;
  const omitted = preview.omitted + (cut ? preview.text.length - most : 0);
  const text = segment('string', quote(cut ? preview.text.slice(0, most) : preview.text));
  if (omitted === 0) return [text];
  if (most !== Infinity) return [text, segment('muted', '…')];
  return [text, segment('muted', `… ${omitted} more characters`)];
}

function accessorText(getter: boolean, setter: boolean): string {
  if (getter && setter) return '[Getter/Setter]';
  return setter ? '[Setter]' : '[Getter]';
}

function beforeEntries(preview: ObjectPreview): Segment[] {
  if (hasOwnText(preview)) {
    const hasMore = entriesInSummary(preview).length > 0 || preview.omitted > 0;
    return [ownText(preview, preview.label), plain(hasMore ? ' ' : '')];
  }
  if (preview.kind === 'proxy') return [segment('muted', 'Proxy ')];
  if (isPlainObject(preview)) return [];
  if (isPlainArray(preview)) {
    const isCut = preview.entries.length > MAX_LISTED || preview.omitted > 0 || preview.collapsed;
    return isCut ? [segment('muted', `(${preview.length ?? '?'}) `)] : [];
  }
  return [plain(`${preview.label} `)];
}

/** What shows between the brackets without being an entry. */
function innerNotes(preview: ObjectPreview): string[] {
  if (preview.kind === 'weak_map' || preview.kind === 'weak_set') return ['<items unknown>'];
  if (preview.kind === 'promise' && preview.state === 'pending') return ['<pending>'];
  if (preview.kind === 'proxy' && preview.entries.length === 0) return ['<revoked>'];
  return [];
}

function brackets(preview: ObjectPreview): [string, string] {
  const isArrayLike = ['array', 'arguments', 'typed_array'].includes(preview.kind);
  return isArrayLike ? ['[', ']'] : ['{', '}'];
}

/** Kinds whose label says what they are, entries or not. */
function hasOwnText(preview: ObjectPreview): boolean {
  return [
    'error',
    'date',
    'regexp',
    'function',
    'class',
    'boxed',
    'array_buffer',
    'data_view',
  ].includes(preview.kind);
}

function ownText(preview: ObjectPreview, text: string): Segment {
  const style = preview.kind === 'regexp' || preview.kind === 'date' ? 'string' : 'plain';
  return segment(style, text);
}

function isListed(preview: ObjectPreview): boolean {
  return ['array', 'arguments', 'typed_array', 'set', 'map', 'iterator'].includes(preview.kind);
}

function isPlainObject(preview: ObjectPreview): boolean {
  return preview.kind === 'object' && preview.class === 'Object' && preview.tag === null;
}

function isPlainArray(preview: ObjectPreview): boolean {
  return preview.kind === 'array' && preview.class === 'Array' && preview.tag === null;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name);
}
