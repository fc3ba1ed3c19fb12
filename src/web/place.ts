/** Where the reader is: the page, and in the address's query everything that can be shared by sending the address. */
import { useEffect, useState } from 'preact/hooks';

export type Place = { path: string; query: URLSearchParams };

const listeners = new Set<() => void>();
const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });

function tell(): void {
  for (const listener of listeners) listener();
}

/** Goes to an address of this dashboard. */
export function go(href: string, replace = false): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  tell();
}

/** The present address with some of its query changed; null takes a name out. */
export function hrefWith(changes: Record<string, string | null>, path = location.pathname): string {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes))
    if (value === null) query.delete(name);
    else query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** What every page has in common goes along from one to the next; what belongs to a page stays behind. */
const shared = ['range', 'tenant', 'feature'];
export function hrefOf(path: string, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  const present = new URLSearchParams(location.search);
  for (const name of shared) {
    const value = present.get(name);
    if (value !== null) query.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Plain clicks on links to our own pages change the place; all others are the browser's. */
export function followLinks(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute('download') || link.dataset['own'] === undefined) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = (): void => setPlace(here());
    listeners.add(update);
    window.addEventListener('popstate', update);
    return () => {
      listeners.delete(update);
      window.removeEventListener('popstate', update);
    };
  }, []);
  return place;
}
