import { describe, expect, it } from 'vitest';
import { figureLines, stageLines, topicLines } from '../../src/domain/top.ts';

const sample = (stage: string, at: number, lag: number, committed: number) => ({ stage, at, lag, committed, watermarkSeconds: null });

describe('the lines of stages', () => {
  it('follow the road, unknown ones last', () => {
    const lines = stageLines([sample('zebra', 0, 0, 0), sample('alert', 0, 0, 0), sample('store', 0, 0, 0)], ['store', 'window', 'alert']);
    expect(lines.map(({ stage }) => stage)).toEqual(['store', 'alert', 'zebra']);
  });

  it('have the newest lag and the rate over all samples', () => {
    const [line] = stageLines([sample('store', 100, 9, 1000), sample('store', 110, 4, 1500)], []);
    expect(line).toMatchObject({ lag: 4, perSecond: 50, lags: [9, 4] });
  });

  it('have no rate after one sample, or when a topic was made anew', () => {
    expect(stageLines([sample('store', 100, 9, 1000)], [])[0]?.perSecond).toBeNull();
    expect(stageLines([sample('store', 100, 9, 1000), sample('store', 110, 0, 5)], [])[0]?.perSecond).toBeNull();
  });
});

describe('the lines of topics', () => {
  it('show a topic that has fallen silent as such', () => {
    const of = (topic: string, at: number) => ({ topic, at, eventsPerSecond: 10, delayP99Seconds: 0.5 });
    const lines = topicLines([of('a', 5), of('a', 10), of('b', 5)]);
    expect(lines.map(({ topic, eventsPerSecond }) => [topic, eventsPerSecond])).toEqual([
      ['a', 10],
      ['b', 0],
    ]);
    expect(topicLines([])).toEqual([]);
  });
});

describe('the lines of figures', () => {
  it('have the newest minute and all means', () => {
    const of = (at: number, mean: number) => ({ metric: 'request_error', at, n: 3, mean });
    expect(figureLines([of(0, 0.1), of(60, 0.2)])).toEqual([{ metric: 'request_error', mean: 0.2, n: 3, means: [0.1, 0.2] }]);
  });
});
