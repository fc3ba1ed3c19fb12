/** The windows as the configuration asks for them. */
import type { Config } from '../../src/config.ts';
import { windowSpecs } from '../../src/domain/window-choice.ts';
import type { Windowing } from '../../src/domain/windowing.ts';

type WindowConfig = Pick<
  Config,
  'windowSizes' | 'roiWindowSizes' | 'windowDelayMs' | 'windowGraceMs' | 'windowIdleMs' | 'windowHorizonMs' | 'windowLedgerEvents'
>;

/** @throws ImpactError `bad_configuration` when a window is not a multiple of its hop */
export function windowingOf(config: WindowConfig): Windowing {
  const patience = {
    delayMs: config.windowDelayMs,
    graceMs: config.windowGraceMs,
    idleMs: config.windowIdleMs,
    horizonMs: config.windowHorizonMs,
  };
  return {
    windows: windowSpecs(config.windowSizes),
    roiWindows: windowSpecs(config.roiWindowSizes),
    patience,
    ledgerEvents: config.windowLedgerEvents,
  };
}
