/** The schemas of this namespace with their numbers, and whether a registry has them under the same ones. */
import { schemaNames, subjectOf } from '../../domain/schema.ts';
import type { Requests } from './requests.ts';

export type RegisteredSchema = { subject: string; id: number; text: string };

export type SchemaInventory = {
  /** Every version of every subject of ours. */
  read(): Promise<RegisteredSchema[]>;
  /** The numbers under which this registry has something else, or nothing. */
  missing(schemas: readonly RegisteredSchema[]): Promise<number[]>;
};

const canonical = (text: string): string => JSON.stringify(JSON.parse(text));

/** Every call throws what the requests throw. */
export function createSchemaInventory(requests: Pick<Requests, 'versions' | 'schemaText'>, namespace: string): SchemaInventory {
  return {
    async read() {
      const found: RegisteredSchema[] = [];
      for (const subject of schemaNames.map((name) => subjectOf(namespace, name)))
        found.push(...(await requests.versions(subject)).map((version) => ({ subject, ...version })));
      return found;
    },
    async missing(schemas) {
      const ids: number[] = [];
      for (const { id, text } of schemas) {
        const here = await requests.schemaText(id);
        if (here === null || canonical(here) !== canonical(text)) ids.push(id);
      }
      return ids;
    },
  };
}
