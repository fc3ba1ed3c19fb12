import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequencer.ts';
// Here, so that workers and the stack that they share start under it as well.
import './test/support/brief-processes.ts';

const integration = ['test/**/*.int.test.ts', 'test/e2e/**/*.test.ts'];
const atLeast90 = { lines: 90, functions: 90, statements: 90 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: integration,
          // Pure tests share nothing that they change: two processes serve them all. By itself vitest would leave one of two cores idle.
          isolate: false,
          maxWorkers: 2,
          // The quick tests should speak first.
          sequence: { groupOrder: 1 },
          // Property tests on a busy two-core machine, with coverage on, need more than the default 5 s.
          testTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: integration,
          globalSetup: ['test/support/stack-setup.ts'],
          // Tests that kill and stop components wait most of the time; more at once would make clocks lie on two cores.
          maxWorkers: Number(process.env['IMPACT_TEST_WORKERS'] ?? 2),
          sequence: { groupOrder: 2 },
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'streams/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      reportOnFailure: true,
      // Branches of the stages are also passed in processes of their own (crash tests), which are not counted here.
      thresholds: { 'src/domain/**': { ...atLeast90, branches: 90 }, 'streams/**': atLeast90 },
    },
  },
});
