/** What fires and what has fired, one alert in detail, the rules behind them, and who is told of it. */
import { useView } from '../context.ts';
import { Tabs } from '../parts/tabs.tsx';
import { AlertDetail } from './alerts/detail.tsx';
import { AlertLists } from './alerts/lists.tsx';
import { Deliveries } from './deliveries.tsx';
import { RuleEditor } from './rules/editor.tsx';
import { Rules } from './rules.tsx';
import { Webhooks } from './webhooks.tsx';

const tabs = [
  [null, 'Alerts'],
  ['rules', 'Rules'],
  ['notifications', 'Notifications'],
] as const;

function Content() {
  const { query } = useView();
  const [tab, alert, rule] = [query.get('tab'), query.get('alert'), query.get('rule')];
  if (tab === 'rules') return rule === null ? <Rules /> : <RuleEditor key={rule} id={rule} />;
  if (tab === 'notifications')
    return (
      <>
        <Webhooks />
        <Deliveries />
      </>
    );
  return alert === null ? <AlertLists /> : <AlertDetail id={alert} />;
}

export function Alerts() {
  return (
    <>
      <div class="head">
        <div>
          <h1>Alerts</h1>
          <p>What is wrong, since when, and what was behind it</p>
        </div>
      </div>
      <Tabs label="Alerts, rules and notifications" tabs={tabs} forgets={['alert', 'rule', 'webhook', 'state']} />
      <Content />
    </>
  );
}
