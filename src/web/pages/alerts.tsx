/** What fires and what has fired, one alert in detail, and the rules behind them. */
import { useView } from '../context.ts';
import { hrefWith } from '../place.ts';
import { AlertDetail } from './alert-detail.tsx';
import { AlertLists } from './alert-lists.tsx';
import { RuleEditor } from './rule-editor.tsx';
import { Rules } from './rules.tsx';

const tabs = [
  [null, 'Alerts'],
  ['rules', 'Rules'],
] as const;

export function Alerts() {
  const { query } = useView();
  const [tab, alert, rule] = [query.get('tab'), query.get('alert'), query.get('rule')];
  return (
    <>
      <div class="head">
        <div>
          <h1>Alerts</h1>
          <p>What is wrong, since when, and what was behind it</p>
        </div>
      </div>
      <nav class="tabs" aria-label="Alerts and rules">
        {tabs.map(([name, word]) => (
          <a key={word} href={hrefWith({ tab: name, alert: null, rule: null })} data-own aria-current={name === tab ? 'page' : undefined}>
            {word}
          </a>
        ))}
      </nav>
      {tab === 'rules' ? (
        rule === null ? (
          <Rules />
        ) : (
          <RuleEditor key={rule} id={rule} />
        )
      ) : alert === null ? (
        <AlertLists />
      ) : (
        <AlertDetail id={alert} />
      )}
    </>
  );
}
