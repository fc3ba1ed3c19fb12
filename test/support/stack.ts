import { inject } from 'vitest';
import type { StackEndpoints } from '../../infra/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    endpoints: StackEndpoints;
  }
}

/** Where the real components listen that stack-setup.ts chose for this run. All test files share them: use a namespace of your own. */
export function endpoints(): StackEndpoints {
  return inject('endpoints');
}
