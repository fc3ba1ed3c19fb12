import { inject } from 'vitest';
import type { StackEndpoints } from '../../infra/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    endpoints: StackEndpoints;
  }
}

/** The name for a stack that a test file brings up for itself. The pid in it lets a later run sweep what a killed one left. */
export function ownStack(purpose: string): string {
  return `test-${purpose}-${process.pid}`;
}

/** Where the real components listen that stack-setup.ts chose for this run. All test files share them: use a namespace of your own. */
export function endpoints(): StackEndpoints {
  return inject('endpoints');
}
