/** The windows as the configuration asks for them. */
import type { Config } from '../src/config.ts';
import { ImpactError } from '../src/domain/errors.ts';
import { signalWindow } from '../src/domain/source.ts';
import { parseWindow, type WindowSpec } from '../src/domain/window.ts';
import type { Windowing } from '../src/domain/windowing.ts';

type WindowConfig = Pick<
  Config,
  'windowSizes' | 'roiWindowSizes' | 'windowDelayMs' | 'windowGraceMs' | 'windowIdleMs' | 'windowHorizonMs' | 'windowLedgerEvents'
>;

function specsOf(texts: readonly string[]): WindowSpec[] {
  return texts.map((text) => {
    const spec = parseWindow(text);
    if (!spec) throw new ImpactError('bad_configuration', `the window ${text} is not a whole number of its hops`);
    return spec;
  });
}

/** @throws ImpactError `bad_configuration` when a window is not a multiple of its hop */
export function windowingOf(config: WindowConfig): Windowing {
  const patience = {
    delayMs: config.windowDelayMs,
    graceMs: config.windowGraceMs,
    idleMs: config.windowIdleMs,
    horizonMs: config.windowHorizonMs,
  };
  return {
    windows: specsOf(config.windowSizes),
    roiWindows: specsOf(config.roiWindowSizes),
    patience,
    ledgerEvents: config.windowLedgerEvents,
  };
}

/** Lengths of all windows that a rule may ask for, milliseconds. */
export function windowLengths(config: Pick<Config, 'windowSizes' | 'roiWindowSizes'>): number[] {
  const all = [...specsOf(config.windowSizes), ...specsOf(config.roiWindowSizes), signalWindow];
  return [...new Set(all.map(({ sizeMs }) => sizeMs))].sort((a, b) => a - b);
}
