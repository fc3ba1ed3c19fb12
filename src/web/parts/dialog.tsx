/** A dialog above the page. The browser keeps the focus inside it, closes it by Escape, and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';

type Props = { title: string; onClose: () => void; children: ComponentChildren };

export function Dialog({ title, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const before = useRef<HTMLElement | null>(null);
  // At once: whoever types on is not to lose a letter.
  useLayoutEffect(() => {
    before.current = document.activeElement as HTMLElement | null;
    if (!ref.current?.open) ref.current?.showModal();
    // The browser would begin with the cross that closes it.
    ref.current?.querySelector<HTMLElement>('form :is(input, select, textarea)')?.focus();
  }, []);
  // Only when the dialog is gone: as long as it is there, nothing else takes the focus.
  useEffect(() => () => before.current?.focus?.(), []);
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={onClose}>
      <div>
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="button plain" aria-label="Close" onClick={() => ref.current?.close()}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
