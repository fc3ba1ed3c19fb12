/** Sets a target from a day on, or withdraws what was set for that day. */
import { useState } from 'preact/hooks';
import { useView } from '../context.ts';
import { title } from '../format.ts';
import { Confirm } from '../parts/confirm.tsx';
import { TextField } from '../parts/field.tsx';
import type { Target } from './targets.tsx';

type Props = { target: Target; tenant: string | null; feature: string | null; onClose: () => void; onDone: () => void };

const number = (text: string): number | null => (text.trim() === '' ? null : Number(text));
const shown = (value: number | null): string => (value === null ? '' : String(value));

export function SetTarget({ target, tenant, feature, onClose, onDone }: Props) {
  const { ask } = useView();
  const [draft, setDraft] = useState({
    target: shown(target.target),
    warning: shown(target.warning),
    critical: shown(target.critical),
    effectiveFrom: '',
  });
  const field = (name: keyof typeof draft, label: string, hint?: string) => (
    <TextField
      label={label}
      name={name}
      type={name === 'effectiveFrom' ? 'date' : 'number'}
      value={draft[name]}
      onInput={(value) => setDraft((before) => ({ ...before, [name]: value }))}
      {...(hint === undefined ? {} : { hint })}
    />
  );
  const act = (reason: string): Promise<unknown> => {
    const aim = number(draft.target);
    // What is withdrawn has no other lines either.
    const line = (text: string): number | null => (aim === null ? null : number(text));
    const body = {
      target: aim,
      warning: line(draft.warning),
      critical: line(draft.critical),
      ...(tenant === null ? {} : { tenant }),
      ...(feature === null ? {} : { feature }),
      ...(draft.effectiveFrom === '' ? {} : { effectiveFrom: draft.effectiveFrom }),
      reason,
    };
    return ask(`/api/v1/targets/${target.metric}`, { method: 'PUT', body }).then(onDone);
  };
  const whose = [tenant, feature === null ? null : title(feature)].filter((part) => part !== null).join(', ') || 'everyone';
  return (
    <Confirm title={`Target of ${target.title}`} action="Set" onClose={onClose} act={act}>
      <p>For {whose}. Alert rules keep their own limits.</p>
      <div class="form">
        {field('target', `Target, ${target.unit}`, 'empty withdraws it')}
        {field('warning', 'Warning')}
        {field('critical', 'Critical')}
        {field('effectiveFrom', 'From', 'empty: today')}
      </div>
    </Confirm>
  );
}
