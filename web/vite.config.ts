import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { firstLoadBudget } from './first-load-budget.ts';

/** Where `npm run dev` finds the service. */
const service = process.env.JSRUN_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte(), firstLoadBudget(250_000)],
  build: {
    // The content security policy allows no inline script, no data: font and no foreign origin, and
    // browsers that run the page know module preloading.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: true,
    // The budget above is what counts.
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: { '/api': service } },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
});
