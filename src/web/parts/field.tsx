/** A labelled input of a form. */
import type { ComponentChildren } from 'preact';

type Common = { label: string; name: string; hint?: string; wide?: boolean };
type TextProps = Common & {
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'number' | 'date';
  required?: boolean;
  list?: readonly string[];
};

function Frame({ label, hint, wide, children }: Omit<Common, 'name'> & { children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class={`field ${wide ? 'wide' : ''}`}>
      <span>{label}</span>
      {children}
      {hint && <small>{hint}</small>}
    </label>
  );
}

export function TextField({ label, name, hint, wide, value, onInput, type = 'text', required = false, list }: TextProps) {
  const id = list ? `${name}-list` : undefined;
  return (
    <Frame label={label} {...(hint ? { hint } : {})} {...(wide ? { wide } : {})}>
      <input
        name={name}
        type={type}
        step={type === 'number' ? 'any' : undefined}
        required={required}
        value={value}
        list={id}
        autocomplete="off"
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {list && (
        <datalist id={id}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </Frame>
  );
}

export function AreaField({ label, name, hint, wide, value, onInput }: TextProps) {
  return (
    <Frame label={label} {...(hint ? { hint } : {})} {...(wide ? { wide } : {})}>
      <textarea name={name} value={value} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
    </Frame>
  );
}

type ChoiceProps = Common & { value: string; onInput: (value: string) => void; options: readonly (readonly [string, string])[] };

export function ChoiceField({ label, name, hint, value, onInput, options }: ChoiceProps) {
  return (
    <Frame label={label} {...(hint ? { hint } : {})}>
      <select name={name} value={value} onChange={({ currentTarget }) => onInput(currentTarget.value)}>
        {options.map(([option, word]) => (
          <option key={option} value={option} selected={option === value}>
            {word}
          </option>
        ))}
      </select>
    </Frame>
  );
}
