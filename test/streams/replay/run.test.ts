import { expect, it } from 'vitest';
import { ImpactError } from '../../../src/domain/errors.ts';
import type { Log } from '../../../src/runtime/log.ts';
import { type RunDeps, run } from '../../../streams/replay/run.ts';

const statement = { text: 'ALTER', params: { day: 'x' } };

function deps(failures: Error[], signal?: AbortSignal): RunDeps & { ran: unknown[]; waits: string[]; warned: unknown[] } {
  const [ran, waits, warned]: [unknown[], string[], unknown[]] = [[], [], []];
  return {
    ran,
    waits,
    warned,
    log: { warn: (fields: unknown) => warned.push(fields) } as unknown as Log,
    onWait: (reason) => waits.push(reason),
    ...(signal && { signal }),
    clickhouse: {
      async commandEverywhere(text, params) {
        const failure = failures.shift();
        if (failure) throw failure;
        ran.push([text, params]);
      },
    },
  };
}

it('waits out an outage, and says so', async () => {
  const given = deps([new ImpactError('unavailable', 'clickhouse: gone')]);
  await run(given, statement);
  expect(given.ran).toEqual([['ALTER', { day: 'x' }]]);
  expect(given.waits).toEqual(['clickhouse: gone']);
  expect(given.warned).toEqual([{ component: 'clickhouse', error: 'clickhouse: gone' }]);
});

it('waits for nothing that waiting does not mend', async () => {
  const given = deps([new ImpactError('unprocessable', 'bad')]);
  await expect(run(given, statement)).rejects.toThrow('bad');
  expect(given.waits).toEqual([]);
});

it('runs nothing any more once it is to end', async () => {
  const given = deps([], AbortSignal.abort(new Error('stopped')));
  await expect(run(given, statement)).rejects.toThrow('stopped');
  expect(given.ran).toEqual([]);
});
