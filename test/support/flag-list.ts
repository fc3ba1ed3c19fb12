/** A source of flags that holds what a test puts there, and a client over it. */

import type { FlagSource, SourceListener } from '../../src/client/flag-source.ts';
import { createFlagClient, type FlagClient, type FlagClientOptions } from '../../src/client/flags.ts';
import type { Flag } from '../../src/domain/flags/flag.ts';

export type FlagList = FlagSource & {
  /** Broadcasts a change, as Redis would. */
  put(flag: Flag): void;
  /** Loses and finds the connection. */
  connect(is: boolean): void;
  /** While true, it answers nothing. */
  away: boolean;
};

/** Those flags at the beginning. */
export function flagList(flags: readonly Flag[] = []): FlagList {
  const held = new Map(flags.map((flag) => [flag.id, flag]));
  let [count, listener] = [0, undefined as SourceListener | undefined];
  const list: FlagList = {
    away: false,
    async load() {
      if (list.away) throw new Error('away');
      return { revision: `list.${count}`, flags: [...held.values()] };
    },
    watch(given) {
      listener = given;
    },
    put(flag) {
      held.set(flag.id, flag);
      count += 1;
      listener?.news({ revision: `list.${count}`, id: flag.id, flag });
    },
    connect: (is) => listener?.connected(is),
    close: async () => {},
  };
  return list;
}

/** A client that is ready, over those flags. */
export async function clientOver(
  flags: readonly Flag[],
  options: Partial<FlagClientOptions> = {},
): Promise<{ list: FlagList; flags: FlagClient }> {
  const list = flagList(flags);
  const client = createFlagClient({ source: list, ...options });
  await client.ready();
  return { list, flags: client };
}
