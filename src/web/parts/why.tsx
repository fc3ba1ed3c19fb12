/** A figure that says how it came about: the formula, what went in, of which period, by which version, the request that answers it, and the events behind it. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ImpactFigures } from '../../api/impact.ts';
import { Dialog } from './dialog.tsx';
import { EventTable } from './events.tsx';
import { Time } from './time.tsx';

export type Behind = { metric: string; feature?: string | undefined; from: string; to: string };
export type Basis = Pick<ImpactFigures, 'period' | 'asOf' | 'calculation'>;
export type Explained = {
  title: string;
  text: ComponentChildren;
  /** Name and value of what went in. */
  parts?: readonly (readonly [string, ComponentChildren])[];
  /** The answer that it stands in: its period, when it was seen, and the version of the formulas. */
  basis?: Basis;
  /** The request that answers it. */
  api?: string | null;
  behind?: Behind;
};

function BasisLine({ of: { period, asOf, calculation } }: { of: Basis }) {
  const { version, revisions } = calculation;
  return (
    <p class="small soft">
      <Time at={period.from} /> to <Time at={period.to} />
      {period.complete ? '' : ', which is not over'}; as of <Time at={asOf} />; formulas of version {version}
      {revisions === 0 ? '' : `; ${revisions} ${revisions === 1 ? 'day was' : 'days were'} corrected by late events or replays`}.
    </p>
  );
}

function Explanation({ of, onClose }: { of: Explained; onClose: () => void }) {
  return (
    <Dialog title={of.title} onClose={onClose}>
      <p>{of.text}</p>
      {of.parts && (
        <dl class="facts">
          {of.parts.map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd class="number">{value}</dd>
            </>
          ))}
        </dl>
      )}
      {of.basis && <BasisLine of={of.basis} />}
      {of.behind && (
        <>
          <h3>Events behind it</h3>
          <EventTable {...of.behind} />
        </>
      )}
      {of.api && (
        <p class="small soft break">
          Answered by <code>GET {of.api}</code>, which <a href="/docs">the API’s documentation</a> describes.
        </p>
      )}
    </Dialog>
  );
}

export function Why({ of, children }: { of: Explained; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="why" title="How this was computed" onClick={() => setOpen(true)}>
        {children}
        <span class="hidden">, how this was computed</span>
      </button>
      {open && <Explanation of={of} onClose={() => setOpen(false)} />}
    </>
  );
}
