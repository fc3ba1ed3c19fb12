/** Figures and times as people read them. Numbers in English notation, times in the reader's own zone. */

const DASH = '–';

/** Made when it is first needed: the browser reads its tables of languages for the first one, which the first picture of the page need not wait for. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
const number = (digits: number) => once(() => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits }));
const time = (shown: Intl.DateTimeFormatOptions) => once(() => new Intl.DateTimeFormat('en-GB', shown));

const formats = [0, 1, 2, 3, 4].map(number);
const plain = (value: number, digits: number): string =>
  (formats[digits] ?? formats[0])?.().format(value === 0 ? 0 : value) ?? String(value);

/** Three figures that count: 1,234 · 123 · 12.3 · 1.23 · 0.123 */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const size = Math.abs(value);
  return plain(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4).replace('-', '−');
}

export const whole = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? DASH : plain(Math.round(value), 0);

/** Millions and billions by their letter, so that a column of money stays narrow; null below. */
const inMillions = (size: number, digits: number): string | null =>
  size >= 1e9 ? `${plain(size / 1e9, digits)}B` : size >= 1e6 ? `${plain(size / 1e6, digits)}M` : null;

/** $1,234 below a million, $1.23M and $4.56B above; cents below a hundred. The minus stands before the dollar. */
export function usd(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  const amount = Number(value);
  if (!Number.isFinite(amount)) return DASH;
  const size = Math.abs(amount);
  const text = inMillions(size, 2) ?? (size < 100 && size !== 0 ? size.toFixed(2) : plain(size, 0));
  return `${amount < 0 ? '−' : ''}$${text}`;
}

/** For axes: $1.2K */
export function usdShort(value: number): string {
  const size = Math.abs(value);
  const text = inMillions(size, 1) ?? (size >= 1000 ? `${plain(size / 1000, 1)}K` : plain(size, size < 10 ? 2 : 0));
  return `${value < 0 ? '−' : ''}$${text}`;
}

export const percent = (value: number | null | undefined): string =>
  value === null || value === undefined || !Number.isFinite(value) ? DASH : `${figure(value)} %`;

/** Of shares that are all but whole, to the hundredth: it is the nines that count. */
export const finePercent = (value: number | null): string => (value === null ? DASH : `${value.toFixed(2)} %`);

/** With its sign, as changes are told. */
export const signed = (value: number, text: (size: number) => string = figure): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : '±'}${text(Math.abs(value))}`;

/** p-values are not told more exactly than they are known. */
export const pValue = (value: number | null | undefined): string =>
  value === null || value === undefined ? DASH : value < 0.0001 ? '< 0.0001' : value > 0.9999 ? '> 0.9999' : value.toPrecision(2);

/** A value in the unit that the API named. */
export function inUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  if (unit === 'USD') return usd(value);
  if (unit === 'share') return percent(value * 100);
  if (unit === '%' || unit === 'percent') return percent(value);
  if (unit === 'ms') return `${figure(value)} ms`;
  if (unit === 's' || unit === 'seconds') return seconds(value);
  if (unit === 'min' || unit === 'minutes') return `${figure(value)} min`;
  if (unit === '1' || unit === '') return figure(value);
  return `${figure(value)} ${unit}`;
}

/** 25 s · 3 min 20 s · 2 h 5 min · 3 d 4 h */
export function seconds(value: number): string {
  if (value < 60) return `${figure(value)} s`;
  const parts = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const first = parts.findIndex(([, size]) => value >= size);
  let rest = Math.round(value);
  return parts
    .slice(first, first + 2)
    .map(([name, size]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count === 0 ? '' : `${count} ${name}`;
    })
    .filter(Boolean)
    .join(' ');
}

/** "3 min ago" */
export function ago(at: number, now: number): string {
  const past = (now - at) / 1000;
  if (past < 5) return 'just now';
  const size = past < 60 ? 1 : past < 3_600 ? 60 : past < 86_400 ? 3_600 : 86_400;
  return `${seconds(Math.floor(past / size) * size)} ago`;
}

const dayAndTime = time({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const withYear = time({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
const dayOnly = time({ day: 'numeric', month: 'short' });
const hourOnly = time({ hour: '2-digit', minute: '2-digit' });
const timeOnly = time({ hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** In the reader's zone; the year where it is not this one. */
export const moment = (at: number, now = Date.now()): string =>
  (new Date(at).getFullYear() === new Date(now).getFullYear() ? dayAndTime : withYear)().format(at);
export const day = (at: number): string => dayOnly().format(at);
/** The day of a moment in a zone of the installation's, wherever the reader is. */
export const dayIn = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone }).format(at);
/** A business day as a moment that charts show under its own date, in whatever zone the reader is. */
export const dayStart = (date: string): string => `${date}T00:00:00`;
export const hour = (at: number): string =>
  new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0 ? day(at) : hourOnly().format(at);
export const clock = (at: number): string => timeOnly().format(at);
/** "2026-01-11 09:00:00 UTC" */
export const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const words: Record<string, string> = {
  ai: 'AI',
  ml: 'ML',
  api: 'API',
  roi: 'ROI',
  ms: 'ms',
  avro: 'Avro',
  clickhouse: 'ClickHouse',
  pagerduty: 'PagerDuty',
  usd: 'USD',
  p95: 'p95',
  realtime: 'Real-time',
  ga: 'GA',
  websocket: 'WebSocket',
};

/** "realtime_intelligence" -> "Real-time intelligence"; the unit at the end of a metric's name stands beside its values. */
export function title(id: string): string {
  const parts = id
    .replace(/_(seconds|minutes|ms|usd|percent)$/, '')
    .split(/[_-]/)
    .map((part) => words[part] ?? part);
  const text = parts.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const stageNames: Record<string, string> = {
  disabled: 'Off',
  internal: 'Internal',
  beta_10: '10 %',
  beta_25: '25 %',
  beta_50: '50 %',
  ga: 'Everyone',
};
/** Words of the API in which features, metrics and stages stand by their ids. Not for what people have written. */
export const spoken = (text: string): string => text.replaceAll(/\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b/g, (id) => stageNames[id] ?? title(id));

export const stageName = (stage: string | null): string => (stage === null ? DASH : (stageNames[stage] ?? title(stage)));
