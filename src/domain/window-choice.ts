/** The windows that an installation computes, as its configuration chooses them. Rules can ask for these lengths only. */
import { ImpactError } from './errors.ts';
import { signalWindow } from './source.ts';
import { parseWindow, type WindowSpec } from './window.ts';

export type WindowChoice = { readonly windowSizes: readonly string[]; readonly roiWindowSizes: readonly string[] };

/** @throws ImpactError `bad_configuration` when a window is not a whole number of its hops */
export function windowSpecs(texts: readonly string[]): WindowSpec[] {
  return texts.map((text) => {
    const spec = parseWindow(text);
    if (!spec) throw new ImpactError('bad_configuration', `the window ${text} is not a whole number of its hops`);
    return spec;
  });
}

/** Lengths of all windows that a rule may ask for, ascending, milliseconds. */
export function windowLengths({ windowSizes, roiWindowSizes }: WindowChoice): number[] {
  const all = [...windowSpecs(windowSizes), ...windowSpecs(roiWindowSizes), signalWindow];
  return [...new Set(all.map(({ sizeMs }) => sizeMs))].sort((a, b) => a - b);
}
