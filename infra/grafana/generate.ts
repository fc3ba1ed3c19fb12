/** Writes the dashboards as Grafana loads them: `node infra/grafana/generate.ts`. A test holds the files against this code. */
import { writeFileSync } from 'node:fs';
import { alerts } from './code/alerts.ts';
import { executive } from './code/executive.ts';
import { featureDashboard, features } from './code/feature.ts';
import { performance } from './code/performance.ts';
import { pipeline } from './code/pipeline.ts';
import { roi } from './code/roi.ts';
import { rolloutsAndExperiments } from './code/rollouts.ts';

const all = [executive, ...features.map(featureDashboard), roi, performance, rolloutsAndExperiments, alerts, pipeline];

/** Name and text of every file. */
export const generated = (): Map<string, string> => new Map(all.map((one) => [`${one.uid}.json`, `${JSON.stringify(one, null, 2)}\n`]));

if (process.argv[1] === import.meta.filename)
  for (const [name, text] of generated()) writeFileSync(new URL(`dashboards/${name}`, import.meta.url), text);
