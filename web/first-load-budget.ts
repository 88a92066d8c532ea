import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Fails a build whose first load is larger than this when compressed. */
export function firstLoadBudget(bytes: number): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      let total = 0;
      for (const file of Object.values(bundle)) {
        // Chunks that are imported dynamically load later, and so do their styles.
        if (file.type === 'chunk' && file.isDynamicEntry) continue;
        total += gzipSync(file.type === 'chunk' ? file.code : file.source).length;
      }
      const size = `first load: ${(total / 1000).toFixed(1)} kB gzipped of at most ${bytes / 1000} kB`;
      if (total > bytes) this.error(size);
      this.info(size);
    },
  };
}
