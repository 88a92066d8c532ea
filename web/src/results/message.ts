import type { ConsoleEvent, Preview } from '../api/types';

/** A piece of a console line: text as it is, or a value that can be opened. */
export type MessagePart = { text: string } | { value: Preview };

/**
 * The parts of a console line, with the format specifiers of the console standard applied
 * (<https://console.spec.whatwg.org/#formatter>). Styles given by `%c` are left out.
 */
export function messageParts(event: ConsoleEvent): MessagePart[] {
  const [first, ...rest] = event.args;
  if (first === undefined) return event.text === '' ? [] : [{ text: event.text }];
  if (event.level === 'dir') return [{ value: first }];
  if (first.type !== 'string') return spaced(event.args.map((value) => [toPart(value)]));
  const { parts, used } = formatted(first.text + cutNote(first), rest);
  return spaced([parts, ...rest.slice(used).map((value) => [toPart(value)])]);
}

/** The call stack below a `console.trace`, which only the event's text has; empty for other events. */
export function traceStack(event: ConsoleEvent): string {
  if (event.level !== 'trace') return '';
  return /(?:\n {4}at [^\n]*)+$/.exec(event.text)?.[0] ?? '';
}

function spaced(groups: MessagePart[][]): MessagePart[] {
  return groups.flatMap((group, index) => (index === 0 ? group : [{ text: ' ' }, ...group]));
}

function formatted(format: string, values: Preview[]): { parts: MessagePart[]; used: number } {
  const parts: MessagePart[] = [];
  let used = 0;
  let end = 0;
  const addText = (text: string) => {
    if (text !== '') parts.push({ text });
  };
  for (const match of format.matchAll(/%([sdifoOc%])/g)) {
    const specifier = match[1];
    const value = values[used];
    // Without a value left, a specifier is ordinary text.
    if (specifier !== '%' && value === undefined) continue;
    // A lone "%%" with nothing to format stays as it is, as in Node and browsers.
    if (specifier === '%' && values.length === 0) continue;
    addText(format.slice(end, match.index));
    end = match.index + match[0].length;
    if (specifier === '%') {
      addText('%');
    } else if (value !== undefined) {
      used += 1;
      if (specifier === 'o' || specifier === 'O') parts.push({ value });
      else if (specifier !== 'c') parts.push(asSpecified(value, specifier ?? 's'));
    }
  }
  addText(format.slice(end));
  return { parts, used };
}

/** `%s`, `%d`, `%i` and `%f`. */
function asSpecified(value: Preview, specifier: string): MessagePart {
  if (specifier === 's') return toPart(value);
  if (value.type === 'bigint') return { text: value.text };
  if (value.type !== 'number' && value.type !== 'string') return { text: 'NaN' };
  const number = specifier === 'f' ? Number.parseFloat(value.text) : Number(value.text);
  if (specifier === 'i') return { text: String(Math.trunc(number)) };
  return { text: Object.is(number, -0) ? '-0' : String(number) };
}

/** Strings stand bare at the top of a line. */
function toPart(value: Preview): MessagePart {
  return value.type === 'string' ? { text: value.text + cutNote(value) } : { value };
}

function cutNote(value: { omitted: number }): string {
  return value.omitted > 0 ? `… ${value.omitted} more characters` : '';
}
