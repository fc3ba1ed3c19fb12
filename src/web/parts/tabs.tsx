/** Parts of one page, each at an address of its own. */
import { useView } from '../context.ts';
import { hrefWith } from '../place.ts';

type Props = {
  label: string;
  /** The name in the address, null for the first; and the word. */
  tabs: readonly (readonly [string | null, string])[];
  /** What of the address belongs to one part alone. */
  forgets?: readonly string[];
};

export function Tabs({ label, tabs, forgets = [] }: Props) {
  const { query } = useView();
  const forgotten = Object.fromEntries(forgets.map((name) => [name, null]));
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([name, word]) => (
        <a key={word} href={hrefWith({ ...forgotten, tab: name })} data-own aria-current={name === query.get('tab') ? 'page' : undefined}>
          {word}
        </a>
      ))}
    </nav>
  );
}
