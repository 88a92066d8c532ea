import type { ConsoleEvent } from '../api/types';

export interface ConsoleEntry {
  /** Counts up by one within a log, so that neighbours have neighbouring keys. */
  key: number;
  event: ConsoleEvent;
  /** The keys of the group headers that enclose the entry, outermost first. */
  groups: number[];
}

/** A stretch of the log. A stretch that has not changed is the same object, so that it need not be drawn again. */
export interface ConsoleBlock {
  /** The key of its first entry. */
  key: number;
  entries: readonly ConsoleEntry[];
}

export interface ConsoleLogOptions {
  /** How many entries are kept; older ones are dropped, a block at a time. */
  capacity?: number;
  blockSize?: number;
  /** Calls back before the next paint. */
  schedule?: (callback: () => void) => void;
}

/**
 * What a run has printed, as the page shows it.
 *
 * A program can print far faster than a page can draw: what arrives between two frames is shown at
 * once, and only the newest entries are kept.
 */
export class ConsoleLog {
  /** What is to be shown now, oldest first. */
  blocks = $state.raw<readonly ConsoleBlock[]>([]);
  /** How many entries before these were dropped. */
  dropped = $state(0);

  readonly capacity: number;
  #blockSize: number;
  #schedule: (callback: () => void) => void;
  #entries: ConsoleEntry[] = [];
  #openGroups: number[] = [];
  #nextKey = 0;
  #dropped = 0;
  #scheduled = false;

  constructor(options: ConsoleLogOptions = {}) {
    this.capacity = options.capacity ?? 5000;
    this.#blockSize = options.blockSize ?? 50;
    this.#schedule = options.schedule ?? ((callback) => requestAnimationFrame(callback));
  }

  append(event: ConsoleEvent): void {
    // The event's own depth keeps nesting right whatever was dropped or missed before.
    this.#openGroups.length = Math.min(this.#openGroups.length, event.group);
    if (event.level === 'groupEnd') return;
    if (event.level === 'clear') {
      this.#empty();
    }
    const key = this.#nextKey++;
    this.#entries.push({ key, event, groups: [...this.#openGroups] });
    if (event.level === 'group' || event.level === 'groupCollapsed') this.#openGroups.push(key);
    // Dropping in large steps costs less than dropping one for each that comes.
    if (this.#entries.length >= 2 * this.capacity) this.#dropOldest();
    this.#requestFrame();
  }

  /** Empties the log at once: what is shown from here on belongs to another run. */
  reset(): void {
    this.#empty();
    this.#openGroups = [];
    this.#show();
  }

  #empty(): void {
    this.#entries = [];
    this.#dropped = 0;
  }

  #dropOldest(): void {
    const excess = this.#entries.length - this.capacity;
    if (excess <= 0) return;
    // Blocks begin at multiples of their size. The first one shown is always whole.
    const firstKey = this.#firstKey() + excess;
    const drop = this.#blockStart(firstKey + this.#blockSize - 1) - this.#firstKey();
    this.#entries.splice(0, drop);
    this.#dropped += drop;
  }

  #firstKey(): number {
    return this.#entries[0]?.key ?? this.#nextKey;
  }

  #blockStart(key: number): number {
    return key - (key % this.#blockSize);
  }

  #requestFrame(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#dropOldest();
      this.#show();
    });
  }

  #show(): void {
    const firstKey = this.#firstKey();
    const old = new Map(this.blocks.map((block) => [block.key, block]));
    const blocks: ConsoleBlock[] = [];
    for (let key = firstKey; key < this.#nextKey;) {
      const end = Math.min(this.#blockStart(key) + this.#blockSize, this.#nextKey);
      const same = old.get(key);
      blocks.push(
        same?.entries.length === end - key
          ? same
          : { key, entries: this.#entries.slice(key - firstKey, end - firstKey) },
      );
      key = end;
    }
    this.blocks = blocks;
    this.dropped = this.#dropped;
  }
}
