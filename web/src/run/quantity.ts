/** Durations and sizes as people read them. */

/** `0.4 ms`, `12 ms`, `1.5 s`, `2 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return `${round(milliseconds, 2)} ms`;
  if (milliseconds < 10) return `${round(milliseconds, 1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${round(milliseconds / 1000, milliseconds < 9950 ? 2 : 1)} s`;
  return `${round(milliseconds / 60_000, 1)} min`;
}

/** `12 B`, `4.1 MiB`: in powers of 1024, as the limits are. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let amount = bytes;
  // 1023.95 and more would round to 1024.
  while (amount >= 1023.95 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${round(amount, amount < 100 ? 1 : 0)} ${units[unit]}`;
}

function round(value: number, digits: number): string {
  // Through Number, so that 5.0 reads as 5.
  return String(Number(value.toFixed(digits)));
}
