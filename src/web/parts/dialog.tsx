/** A dialog above the page. The browser keeps the focus inside it, closes it by Escape, and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

type Props = { title: string; onClose: () => void; children: ComponentChildren };

export function Dialog({ title, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    if (!ref.current?.open) ref.current?.showModal();
    // The browser would begin with the cross that closes it.
    ref.current?.querySelector<HTMLElement>('form :is(input, select, textarea)')?.focus();
    return () => before?.focus?.();
  }, []);
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
