/** Feature flags: which there are, who gets what, and changing them. */
import type { StoredFlag } from '../../api/flags/answer.ts';
import { useView } from '../context.ts';
import { stageName, usd, whole } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Card } from '../parts/card.tsx';
import { Scroll } from '../parts/scroll.tsx';
import { Empty, Shown } from '../parts/states.tsx';
import { Ago } from '../parts/time.tsx';
import { hrefWith } from '../place.ts';
import { useAnswer } from '../use-answer.ts';
import { FlagDetail } from './flags/detail.tsx';
import { FlagStatistics } from './flags/statistics.tsx';

function Row({ flag }: { flag: StoredFlag }) {
  return (
    <tr>
      <th scope="row">
        <a href={hrefWith({ flag: flag.id })} data-own>
          {flag.name}
        </a>
        <div class="small soft">{flag.id}</div>
      </th>
      <td>
        <Badge tone={flag.stage === 'ga' ? 'good' : 'none'}>{stageName(flag.stage)}</Badge> {flag.archived && <Badge>archived</Badge>}
      </td>
      <td class="right">{whole(flag.tenantWhitelist.length)}</td>
      <td class="right">{whole(flag.tenantBlacklist.length)}</td>
      <td class="right">{usd(flag.roiTargetUsd)}</td>
      <td>{flag.owner || '–'}</td>
      <td class="right">{flag.version}</td>
      <td class="nowrap">
        <Ago at={flag.updatedAt} />
      </td>
    </tr>
  );
}

function List({ flags }: { flags: readonly StoredFlag[] }) {
  if (flags.length === 0) return <Empty title="There are no flags">impact flags init makes the first ones.</Empty>;
  return (
    <Scroll label="Flags">
      <table>
        <thead>
          <tr>
            <th>Flag</th>
            <th>Who has it</th>
            <th class="right">Tenants allowed</th>
            <th class="right">Tenants denied</th>
            <th class="right">ROI target a year</th>
            <th>Owner</th>
            <th class="right">Version</th>
            <th>Changed</th>
          </tr>
        </thead>
        <tbody>
          {flags.map((flag) => (
            <Row key={flag.id} flag={flag} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Flags() {
  const { query, feature } = useView();
  const chosen = query.get('flag');
  const answer = useAnswer<{ flags: StoredFlag[]; stale: boolean }>('/api/v1/flags', ['flags']);
  return (
    <>
      <div class="head">
        <div>
          <h1>Flags</h1>
          <p>A change is seen by every service within milliseconds</p>
        </div>
        {chosen !== null && (
          <a class="button" href={hrefWith({ flag: null })} data-own>
            All flags
          </a>
        )}
      </div>
      {answer.data?.stale && <p class="notice">Redis is away: this is the last known state, and nothing can be changed.</p>}
      {chosen === null ? (
        <>
          <Card title="Flags">
            <Shown of={answer}>
              {({ flags }) => <List flags={flags.filter((one) => feature === null || one.featureId === feature)} />}
            </Shown>
          </Card>
          <FlagStatistics />
        </>
      ) : (
        <FlagDetail key={chosen} id={chosen} />
      )}
    </>
  );
}
