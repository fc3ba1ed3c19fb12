/** Schemas as the registry would judge them. */
import { readdirSync, readFileSync } from 'node:fs';
import { avroType } from '../../src/adapters/registry/avro.ts';

const current = new URL('../../schemas/avro/', import.meta.url);
const golden = new URL('../../schemas/golden/avro/', import.meta.url);

/** Text of each schema file in a folder, by name without its ending. */
function textsIn(folder: URL): Map<string, string> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.avsc'));
  return new Map(files.map((file) => [file.replace('.avsc', ''), readFileSync(new URL(file, folder), 'utf8')]));
}

export const currentSchemas = (): Map<string, string> => textsIn(current);

/** Every released copy of every schema. */
export function releasedSchemas(): { release: string; name: string; text: string }[] {
  return readdirSync(golden).flatMap((release) =>
    [...textsIn(new URL(`${release}/`, golden))].map(([name, text]) => ({ release, name, text })),
  );
}

/** Why records of the writer's schema cannot be read by the reader's, or null. */
export function incompatibility(readerText: string, writerText: string): string | null {
  try {
    avroType(readerText).createResolver(avroType(writerText));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
