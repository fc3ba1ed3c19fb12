/** The window and alert stages on the test components, in this process or in one of its own. */
import { createStateful } from '../../src/adapters/kafka/stateful.ts';
import type { Adapters } from '../../src/main/adapters.ts';
import { failpoint } from '../../src/main/stages.ts';
import type { RunningStage } from '../../src/runtime/stage.ts';
import { startAlert } from '../../streams/alert.ts';
import { startGuard } from '../../streams/guard.ts';
import { startWindow } from '../../streams/window.ts';

const start = { window: startWindow, alert: startAlert, guard: startGuard };
export type StatefulStageName = keyof typeof start;

export function startStatefulStages(adapters: Adapters, names: readonly StatefulStageName[]): Promise<RunningStage[]> {
  const { config, logs, kafka } = adapters;
  return Promise.all(
    names.map((name) => {
      const log = logs(name);
      const stateful = createStateful(kafka, config, log, failpoint);
      return start[name]({ ...adapters, log, failpoint, now: Date.now, stateful });
    }),
  );
}
