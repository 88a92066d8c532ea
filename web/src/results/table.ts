import type { ConsoleEvent, Entry, ObjectPreview, Preview } from '../api/types';
import { keySegments } from './summary-line';
import { textOf } from './segment';

/** What `console.table` shows. A cell is `undefined` where the row has no such property. */
export interface Table {
  /** The names of the rows' properties, in the order in which they first come. */
  columns: string[];
  rows: TableRow[];
  /** Some rows are values without properties: they stand in a column of their own. */
  hasValues: boolean;
  /** How many rows were left out. */
  omitted: number;
}

export interface TableRow {
  index: string;
  cells: (Preview | undefined)[];
  value: Preview | undefined;
}

/** `null` for what is no table: `console.table` shows that as `console.log` does. */
export function tableOf(event: ConsoleEvent): Table | null {
  const [data, filter] = event.args;
  if (data?.type !== 'object' || data.entries.length === 0) return null;
  const rows = data.entries.filter(({ key }) => key.type !== 'holes');
  const columns = filter ? namesIn(filter) : columnsOf(rows);
  const table: Table = { columns, rows: [], hasValues: false, omitted: data.omitted };
  let position = 0;
  for (const entry of rows) {
    const row = toRow(entry, position, columns);
    position += 1;
    table.hasValues ||= row.value !== undefined;
    table.rows.push(row);
  }
  return table;
}

function toRow(entry: Entry, position: number, columns: string[]): TableRow {
  const index = entry.key.type === 'property' ? entry.key.name : rowLabel(entry, position);
  const { value } = entry;
  if (!hasCells(value)) return { index, cells: columns.map(() => undefined), value };
  const cells = new Map(cellsOf(value));
  return { index, cells: columns.map((name) => cells.get(name)), value: undefined };
}

function rowLabel(entry: Entry, position: number): string {
  return entry.key.type === 'element' ? String(position) : textOf(keySegments(entry).slice(0, -1));
}

function columnsOf(rows: Entry[]): string[] {
  const names = new Set<string>();
  for (const { value } of rows) {
    if (hasCells(value)) for (const [name] of cellsOf(value)) names.add(name);
  }
  return [...names];
}

function cellsOf(row: ObjectPreview): [string, Preview][] {
  return row.entries
    .filter(({ key }) => key.type !== 'holes')
    .map((entry, position) => [
      entry.key.type === 'property' ? entry.key.name : rowLabel(entry, position),
      entry.value,
    ]);
}

/** Dates, functions and the like are values of their own, as are rows whose entries are left out. */
function hasCells(value: Preview): value is ObjectPreview {
  return value.type === 'object' && ['object', 'array'].includes(value.kind) && !value.collapsed;
}

function namesIn(filter: Preview): string[] {
  if (filter.type !== 'object') return [];
  return filter.entries.flatMap(({ value }) => (value.type === 'string' ? [value.text] : []));
}
