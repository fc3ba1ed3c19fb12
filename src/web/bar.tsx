/** What is looked at: range, tenant, feature; and how live it is. All of it stands in the address. */
import { useEffect, useState } from 'preact/hooks';
import { useView } from './context.ts';
import { title } from './format.ts';
import type { LiveState } from './live.ts';
import { go, hrefWith } from './place.ts';
import { ranges } from './range.ts';
import { setTheme, storedTheme, type Theme, themes } from './theme.ts';
import { useAnswer } from './use-answer.ts';

type Option = { value: string; label: string };

function Choice({ label, name, value, options }: { label: string; name: string; value: string; options: readonly Option[] }) {
  return (
    <label>
      <span class="hidden">{label}</span>
      <select
        name={name}
        value={value}
        title={label}
        onChange={({ currentTarget }) => go(hrefWith({ [name]: currentTarget.value === '' ? null : currentTarget.value }))}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

const stateWords: Record<LiveState, [string, string, string]> = {
  connecting: ['', 'Connecting', 'The change stream is being opened'],
  live: ['on', 'Live', 'Figures renew as soon as they change'],
  polling: ['off', 'Every 30 s', 'The change stream is not available: figures renew every 30 seconds'],
  down: ['down', 'Not connected', 'The API cannot be reached: what is shown is the last that was known'],
};

function LiveMark() {
  const { live } = useView();
  const [state, setState] = useState(live.state());
  useEffect(() => {
    setState(live.state());
    return live.onState(setState);
  }, [live]);
  const [tone, word, hint] = stateWords[state];
  return (
    <span class={`live ${tone}`} title={hint} role="status">
      <i aria-hidden="true" />
      {word}
    </span>
  );
}

function ThemeChoice() {
  const [theme, choose] = useState(storedTheme);
  return (
    <label>
      <span class="hidden">Colours</span>
      <select
        value={theme}
        title="Colours"
        onChange={({ currentTarget }) => {
          setTheme(currentTarget.value as Theme);
          choose(currentTarget.value as Theme);
        }}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {title(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Bar() {
  const { me, range, tenant, feature } = useView();
  const tenants = useAnswer<{ tenants: { tenant: string }[] }>(me.tenant === null ? '/api/v1/tenants' : null, []);
  const features = useAnswer<{ features: { feature: string }[] }>('/api/v1/features', []);
  const all = (label: string): Option => ({ value: '', label });
  // What the address names is offered even where it is not known (yet): the choice must not lie about what is shown.
  const known = (names: readonly string[], chosen: string | null) => [...new Set([...names, ...(chosen === null ? [] : [chosen])])];
  return (
    <section class="bar" aria-label="View">
      <search class="filters">
        <Choice
          label="Time range"
          name="range"
          value={range}
          options={Object.entries(ranges).map(([value, one]) => ({ value, label: one.label }))}
        />
        {me.tenant === null && (
          <Choice
            label="Tenant"
            name="tenant"
            value={tenant ?? ''}
            options={[
              all('All tenants'),
              ...known(tenants.data?.tenants.map((one) => one.tenant) ?? [], tenant).map((one) => ({ value: one, label: one })),
            ]}
          />
        )}
        <Choice
          label="Feature"
          name="feature"
          value={feature ?? ''}
          options={[
            all('All features'),
            ...known(features.data?.features.map((one) => one.feature) ?? [], feature).map((one) => ({ value: one, label: title(one) })),
          ]}
        />
      </search>
      <div class="state">
        <LiveMark />
        <ThemeChoice />
      </div>
    </section>
  );
}
