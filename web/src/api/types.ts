/** The shapes of the HTTP API that the page uses. */

export interface RunRequest {
  code: string;
}

export interface Limits {
  wall_ms: number;
  cpu_ms: number;
  memory_bytes: number;
  output_bytes: number;
}

export interface Usage {
  wall_ms: number;
  cpu_ms: number;
  peak_heap_bytes: number;
  output_bytes: number;
}

/** A place in the program, lines and columns counted from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** What a run's stream begins with. */
export interface RunStarted {
  id: string;
  limits: Limits;
}

export type ConsoleLevel =
  | 'debug'
  | 'log'
  | 'info'
  | 'warn'
  | 'error'
  | 'dir'
  | 'table'
  | 'trace'
  | 'group'
  | 'groupCollapsed'
  | 'groupEnd'
  | 'clear';

export interface ConsoleEvent {
  type: 'console';
  level: ConsoleLevel;
  args: Preview[];
  /** The arguments as one text, format specifiers applied. */
  text: string;
  position: Position | null;
  /** How many groups are open. */
  group: number;
  /** Microseconds since the run's start. */
  t_us: number;
}

export type LimitStatus = 'wall_time' | 'cpu_time' | 'memory' | 'output';

export type Status = 'ok' | 'error' | 'cancelled' | 'crashed' | LimitStatus;

export interface Outcome {
  type: 'outcome';
  status: Status;
  /** The program's value; only when `status` is `ok`. */
  value: Preview | null;
  text: string | null;
  error: Exception | null;
  usage: Usage;
  limits: Limits;
}

export interface Exception {
  /** `null` when something else than an error was thrown. */
  name: string | null;
  message: string;
  stack: string | null;
  position: Position | null;
  frames: StackFrame[];
  cause: Exception | null;
}

export interface StackFrame {
  function: string | null;
  position: Position | null;
}

/** A value as a tree that can be shown, made without running the program's code. */
export type Preview =
  | { type: 'undefined' }
  | { type: 'null' }
  | { type: 'boolean'; value: boolean }
  | { type: 'number'; text: string }
  | { type: 'bigint'; text: string }
  | StringPreview
  | { type: 'symbol'; text: string }
  | { type: 'accessor'; getter: boolean; setter: boolean }
  | { type: 'circular'; id: number }
  | ObjectPreview;

export interface StringPreview {
  type: 'string';
  text: string;
  /** How many UTF-16 code units are cut off. */
  omitted: number;
}

export type ObjectKind =
  | 'object'
  | 'array'
  | 'arguments'
  | 'typed_array'
  | 'array_buffer'
  | 'data_view'
  | 'map'
  | 'set'
  | 'weak_map'
  | 'weak_set'
  | 'iterator'
  | 'generator'
  | 'error'
  | 'date'
  | 'regexp'
  | 'promise'
  | 'proxy'
  | 'function'
  | 'class'
  | 'boxed'
  | 'module'
  | 'external';

export interface ObjectPreview {
  type: 'object';
  /** Names the object within its tree, for `circular`. */
  id: number;
  kind: ObjectKind;
  /** The constructor's name; `null` for a `null` prototype. */
  class: string | null;
  tag: string | null;
  /** What a console shows for the object without its entries. */
  label: string;
  entries: Entry[];
  /** How many entries are left out because there were too many. */
  omitted: number;
  /** The entries are left out because the tree is too deep here. */
  collapsed: boolean;
  length?: number;
  byte_length?: number;
  bytes?: number[];
  state?: 'pending' | 'fulfilled' | 'rejected';
}

export interface Entry {
  key: Key;
  value: Preview;
}

export type Key =
  | { type: 'element' }
  | { type: 'holes'; count: number }
  | { type: 'property'; name: string }
  | { type: 'symbol'; text: string }
  | { type: 'map_key'; value: Preview }
  /** A promise's result, a proxy's target, a boxed value. */
  | { type: 'internal' }
  /** A property that is not enumerable, such as an error's `cause`. */
  | { type: 'hidden'; name: string };

/** The body of an error answer, after RFC 9457. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  /** The request's field that is at fault. */
  field?: string | null;
}
