import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/e2e/**/*.test.ts'],
    environment: 'node',
    // One browser and one server at a time.
    fileParallelism: false,
    // Bounds for tests that fail: a busy machine takes its time.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
