/** The kinds of settings: how the text of each becomes a value, and what is said of a text that does not. */

/** One setting: how its text becomes a value, and what the configuration table of the README says about it. */
export type Setting<T> = {
  env: string;
  fallback: string;
  doc: string;
  secret?: true;
  parse: (text: string) => T;
  expected: string;
};

/** Why a text is no value of its kind, where the kind's own description does not say it. Never holds the text itself, which may be secret. */
export class Refusal extends RangeError {}

export const refuse = (why = ''): never => {
  throw new Refusal(why);
};

type Options = { secret?: true };
export const setting =
  <T>(expected: string, parseText: (text: string) => T) =>
  (env: string, fallback: string, doc: string, options: Options = {}): Setting<T> => ({
    env,
    fallback,
    doc,
    expected,
    parse: parseText,
    ...options,
  });

const within = (minimum: number, maximum: number) => (text: string) => {
  const value = Number(text);
  return text.trim() !== '' && value >= minimum && value <= maximum ? value : refuse();
};
const wholeWithin = (minimum: number, maximum: number) => (text: string) => {
  const value = within(minimum, maximum)(text);
  return Number.isInteger(value) ? value : refuse();
};

export const text = setting('any text', (value) => value);
export const list = setting('a comma-separated list', (value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
/** Level by module; the level is one that LOG_LEVEL may have. */
export const moduleLevels = setting('module=level pairs, comma-separated, for example store=debug,api=warn', (value) => {
  const pairs = value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  return pairs.every((pair) => /^[\w-]+=(trace|debug|info|warn|error|fatal|silent)$/.test(pair)) ? pairs : refuse();
});
export const brokers = setting('host:port, or several of them, comma-separated', (value) => {
  const places = value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  const right = places.length > 0 && places.every((place) => /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+):\d{1,5}$/i.test(place));
  return right ? places : refuse();
});
export const flag = setting('true or false', (value) => (value === 'true' ? true : value === 'false' ? false : refuse()));
export const choice = <const C extends readonly string[]>(choices: C) =>
  setting(`one of ${choices.join(', ')}`, (value): C[number] => (choices.includes(value) ? value : refuse()));
export const whole = (minimum: number, maximum: number) =>
  setting(`a whole number from ${minimum} to ${maximum}`, wholeWithin(minimum, maximum));
export const number = (minimum: number, maximum: number) => setting(`a number from ${minimum} to ${maximum}`, within(minimum, maximum));
export const port = whole(0, 65_535);
export const name = setting('empty, or up to 40 of a-z, 0-9 and _', (value) => (/^[a-z0-9_]{0,40}$/.test(value) ? value : refuse()));
export const windows = setting('a comma-separated list such as 1m,5m/1m', (value) => {
  const sizes = value.split(',').map((item) => item.trim());
  return sizes.every((item) => /^[1-9]\d{0,5}[smhd](\/[1-9]\d{0,5}[smhd])?$/.test(item)) ? sizes : refuse();
});
export const secretKeys = setting(
  'empty, or keys of 32 bytes in base64, comma-separated, such as `openssl rand -base64 32` makes',
  (value) => {
    const keys = value
      .split(',')
      .map((key) => key.trim())
      .filter(Boolean);
    return keys.every((key) => /^[A-Za-z0-9+/]{43}=$/.test(key)) ? keys : refuse();
  },
);
export const color = setting('a colour such as #3b5bdb', (value) => (/^#[0-9a-f]{6}$/i.test(value) ? value : refuse()));
export const timeZone = setting(
  'an IANA time zone',
  (value) => new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone,
);
export const pairs = setting('name=value pairs, comma-separated, percent-encoded where need be', (value) =>
  Object.fromEntries(
    value
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const [, key = '', held = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(pair) ?? refuse();
        return [key, decodeURIComponent(held.trim())];
      }),
  ),
);

/** Yearly amounts of money by category. */
export const yearlyAmounts = setting(
  'name=US dollars a year, comma-separated, at most two decimals, for example infrastructure=24000',
  (value) =>
    Object.fromEntries(
      value
        .split(',')
        .filter((pair) => pair.trim() !== '')
        .map((pair) => {
          const [, key = '', amount = ''] = /^\s*([a-z][a-z0-9_]{0,63})\s*=\s*(\d{1,9}(?:\.\d{1,2})?)\s*$/.exec(pair) ?? refuse();
          return [key, amount];
        }),
    ),
);
/** Rates of exchange. */
export const rates = setting('currency=US dollars for one unit, comma-separated, for example EUR=1.08', (value) =>
  Object.fromEntries(
    value
      .split(',')
      .filter((pair) => pair.trim() !== '')
      .map((pair) => {
        const [, key = '', rate = ''] = /^\s*([A-Z]{3})\s*=\s*(\d{1,9}(?:\.\d{1,12})?)\s*$/.exec(pair) ?? refuse();
        return Number(rate) > 0 ? [key, rate] : refuse('above 0');
      }),
  ),
);
export const dayOrEmpty = setting('empty, or a day such as 2026-01-11', (value) => {
  const exists = /^\d{4}-\d{2}-\d{2}$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value);
  return value === '' || exists ? value : refuse();
});
/** Minutes after midnight; null: never. */
export const timeOfDay = setting('a time of day such as 09:00, or off', (value) => {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value) ?? [];
  if (value === 'off') return null;
  return hours === undefined ? refuse() : Number(hours) * 60 + Number(minutes);
});
const address = /^[^\s@<>",;\p{Cc}]{1,64}@[^\s@<>",;\p{Cc}]{1,255}$/u;
export const mailAddresses = setting('mail addresses, comma-separated, or empty', (value) => {
  const found = value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
  return found.every((one) => address.test(one)) ? found : refuse();
});
