/** The README's configuration table, made from `src/config.ts` so that it cannot go stale. */
import { settings } from '../../src/config.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Markdown rows, one for each setting. */
export function configTable(): string {
  const rows = Object.values(settings).map((one) => {
    const fallback = one.fallback === '' ? '' : `\`${one.fallback}\``;
    return `| \`${one.env}\` | ${fallback} | ${cell(one.doc)}${'secret' in one ? ' (secret)' : ''} | ${cell(one.expected)} |`;
  });
  return ['| variable | default | meaning | must be |', '|---|---|---|---|', ...rows].join('\n');
}
