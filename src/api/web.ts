/** What the web dashboard needs besides the routes that everyone uses, and the dashboard itself. */
import type { ApiDeps, App } from './deps.ts';
import { addLive } from './live.ts';
import { addDashboard } from './static.ts';
import { addAcknowledgement } from './web/acknowledgement.ts';
import { addAdoption } from './web/adoption.ts';
import { addBrand } from './web/brand.ts';
import { addEventList } from './web/events.ts';
import { addMe } from './web/me.ts';
import { addRulePreview } from './web/preview.ts';
import { addDataQuality } from './web/quality.ts';
import { addReplays } from './web/replays.ts';
import { addTrend } from './web/trend.ts';

export function addWeb(app: App, deps: ApiDeps): void {
  addMe(app, deps);
  addLive(app, deps);
  addTrend(app, deps);
  addAdoption(app, deps);
  addEventList(app, deps);
  addDataQuality(app, deps);
  addRulePreview(app, deps);
  addReplays(app, deps);
  addAcknowledgement(app, deps);
  addBrand(app, deps.config);
  addDashboard(app);
}
