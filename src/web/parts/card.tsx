/** A titled area of a page. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** `id`: what a link to it names. */
type Props = {
  title: string;
  id?: string;
  note?: ComponentChildren;
  action?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
};

export function Card({ title, id: place, note, action, class: name = '', children }: Props) {
  const id = useId();
  return (
    <section id={place} class={`card ${name}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note && <p>{note}</p>}
        {action}
      </header>
      {children}
    </section>
  );
}
