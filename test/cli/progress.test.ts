import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTicker } from '../../src/cli/demo/ticker.ts';
import { startProgress } from '../../src/cli/progress.ts';
import { visibleWidth } from '../../src/cli/table.ts';
import { testContext } from './terminal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What each repaint puts on its line. */
const painted = (text: string): string[] => text.split('\r\u001b[2K').slice(1);

describe('progress', () => {
  it('stays on one line of a narrow terminal: a wrapped line could not be painted over', () => {
    const context = testContext({ terminal: true, columns: 40 });
    const progress = startProgress(context, 'storing the history');
    progress.update('rolling up by minute, hour and day');
    vi.advanceTimersByTime(300);
    const lines = painted(context.seen.err);
    expect(lines).toHaveLength(3);
    expect(lines.map(visibleWidth)).toEqual([39, 39, 39]);
    progress.done();
  });

  it('is a line every two seconds where nobody watches, without colours', () => {
    const context = testContext();
    const progress = startProgress(context, 'migrating');
    vi.advanceTimersByTime(4_100);
    progress.done('done');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
    expect(context.seen.err).not.toMatch(/\u001b/);
    expect(context.seen.err.split('\n')).toHaveLength(4);
  });

  it('tells what somebody has ended from what has failed', () => {
    const failed = testContext();
    startProgress(failed, 'migrating').failed();
    expect(failed.seen.err).toMatch(/^failed {2}migrating/);
    const ended = testContext({ signal: AbortSignal.abort() });
    startProgress(ended, 'migrating').failed();
    expect(ended.seen.err).toMatch(/^ended {2}migrating/);
  });
});

describe('the ticker of the demonstration', () => {
  const sample = { at: 10_000, stored: 127_816, perSecond: 146, behindMs: 2_700 };

  it('fits into 80 columns, and is cut where there are fewer', () => {
    const wide = testContext({ terminal: true, columns: 80 });
    createTicker(wide).show(sample, 128_266, 'incident, 26 s left');
    const [line = ''] = painted(wide.seen.out);
    expect(line).toContain('   146 events/s    450 to go  2.7 s behind 127,816 stored');
    expect(visibleWidth(line)).toBeLessThan(80);
    const narrow = testContext({ terminal: true, columns: 60 });
    createTicker(narrow).show(sample, 128_266, 'incident, 26 s left');
    expect(painted(narrow.seen.out).map(visibleWidth)).toEqual([59]);
  });
});
