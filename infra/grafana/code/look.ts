/** Colours and levels, one place for all dashboards. Levels are those of the first documents' table of targets. */
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';

/** From a value on, a colour; the first has no value and is the colour below all others. */
export type Levels = readonly (readonly [color: string, from: number | null])[];

/** Low values are good: green below `warning`, orange below `critical`. */
export const highIsBad = (warning: number, critical: number): Levels => [
  ['green', null],
  ['orange', warning],
  ['red', critical],
];

/** High values are good. */
export const lowIsBad = (critical: number, warning: number, target: number): Levels => [
  ['red', null],
  ['orange', critical],
  ['yellow', warning],
  ['green', target],
];

export const plain: Levels = [['text', null]];
export const roiLevels = lowIsBad(200, 500, 710);
export const uptimeLevels = lowIsBad(99, 99.5, 99.9);
export const adoptionLevels = lowIsBad(40, 60, 80);
export const errorRateLevels = highIsBad(2, 5);

const steps = (levels: Levels) => levels.map(([color, value]) => ({ color, value }));
export const thresholds = (levels: Levels) => new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(levels));
/** The same as the value of an override. */
export const thresholdsValue = (levels: Levels) => ({ mode: 'absolute', steps: steps(levels) });

/** Text of a cell that has a colour of its own. */
const coloured = (words: Record<string, string>) => [
  {
    type: 'value',
    options: Object.fromEntries(Object.entries(words).map(([text, color], index) => [text, { color, index, text }])),
  },
];

export const severities = coloured({ critical: 'dark-red', warning: 'dark-orange', success: 'dark-green' });
export const states = coloured({ firing: 'dark-red', resolved: 'dark-green' });
export const rolloutStates = coloured({
  planned: 'dark-blue',
  running: 'dark-blue',
  waiting_for_approval: 'dark-orange',
  paused: 'dark-yellow',
  rolled_back: 'dark-red',
  complete: 'dark-green',
});
