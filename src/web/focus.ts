/** What had the focus may be gone with the next answer: whoever works by keyboard goes on from the same place, not from the top of the page. */

const places = '.card, main';

/** Puts the focus on the area that held what is gone, or on the page's content. Answers how to stop that. */
export function keepFocus(root: HTMLElement): () => void {
  let last: Element | null = null;
  let place: HTMLElement | null = null;
  const remember = ({ target }: FocusEvent): void => {
    last = target as Element;
    place = last.closest<HTMLElement>(places);
  };
  const mend = (): void => {
    if (last === null || last.isConnected || (document.activeElement ?? document.body) !== document.body) return;
    const next = place?.isConnected ? place : root.querySelector<HTMLElement>('main');
    if (next && !next.hasAttribute('tabindex')) next.tabIndex = -1;
    next?.focus({ preventScroll: true });
  };
  const changes = new MutationObserver(mend);
  root.addEventListener('focusin', remember);
  changes.observe(root, { childList: true, subtree: true });
  return () => {
    root.removeEventListener('focusin', remember);
    changes.disconnect();
  };
}
