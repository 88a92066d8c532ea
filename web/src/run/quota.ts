import type { Limits, LimitStatus, Usage } from '../api/types';
import { formatBytes, formatDuration } from './quantity';
import type { RunState } from './runner.svelte';

/** One thing that a run uses, against its limit. */
export interface Quota {
  name: string;
  /** `null` while it is not known. */
  used: string | null;
  limit: string | null;
  /** From 0 to 1. */
  share: number;
  /** This is the limit that stopped the run. */
  exceeded: boolean;
}

interface Measure {
  name: string;
  status: LimitStatus;
  used: (usage: Usage) => number;
  limit: (limits: Limits) => number;
  format: (amount: number) => string;
}

const MEASURES: Measure[] = [
  {
    name: 'Wall time',
    status: 'wall_time',
    used: (usage) => usage.wall_ms,
    limit: (limits) => limits.wall_ms,
    format: formatDuration,
  },
  {
    name: 'CPU time',
    status: 'cpu_time',
    used: (usage) => usage.cpu_ms,
    limit: (limits) => limits.cpu_ms,
    format: formatDuration,
  },
  {
    name: 'Peak memory',
    status: 'memory',
    used: (usage) => usage.peak_heap_bytes,
    limit: (limits) => limits.memory_bytes,
    format: formatBytes,
  },
  {
    name: 'Output',
    status: 'output',
    used: (usage) => usage.output_bytes,
    limit: (limits) => limits.output_bytes,
    format: formatBytes,
  },
];

/** Wall time, CPU time, peak memory and output of a run, as far as they are known. */
export function quotasOf(state: RunState): Quota[] {
  const outcome = state.phase === 'finished' ? state.outcome : null;
  const limits =
    outcome?.limits ??
    (state.phase === 'running' || state.phase === 'stopped' ? state.limits : null);
  return MEASURES.map((measure) => {
    const used = outcome ? measure.used(outcome.usage) : null;
    const limit = limits ? measure.limit(limits) : null;
    return {
      name: measure.name,
      used: used === null ? null : measure.format(used),
      limit: limit === null ? null : measure.format(limit),
      share: used === null || !limit ? 0 : Math.min(1, used / limit),
      exceeded: outcome?.status === measure.status,
    };
  });
}
