import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { groupKeyOf, type Routing, routeNameOf, routeOf } from '../../../src/domain/notify/routing.ts';
import { parseRouting } from '../../../src/domain/notify/routing-file.ts';
import { alertOf } from '../../support/notify-alerts.ts';

const file = parse(readFileSync(new URL('../../../infra/alerts/routing.yaml', import.meta.url), 'utf8'));
const routed = (document: unknown): Routing => {
  const parsed = parseRouting(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.routing;
};
const problemsOf = (document: unknown): string[] => {
  const parsed = parseRouting(document);
  return parsed.ok ? [] : parsed.problems.map(({ field, value, expected }) => `${field}=${value}: ${expected}`);
};
const to = { slack: ['#a'] };

describe('the default routing', () => {
  const routing = routed(file);
  const receivers = (severity: 'critical' | 'warning' | 'success') => routeOf(routing, alertOf({ severity }))?.to;

  it('pages, posts and mails what is critical, as the first document says', () => {
    expect(receivers('critical')).toEqual({
      pagerduty: ['default'],
      slack: ['#phase3-alerts'],
      mail: ['on-call@company.com', 'cto@company.com'],
    });
  });

  it('posts and mails warnings, and pages nobody for them', () => {
    expect(receivers('warning')).toMatchObject({ pagerduty: [], slack: ['#phase3-alerts'] });
    expect(receivers('warning')?.mail).toHaveLength(1);
  });

  it('posts good news to the reports, and its end nowhere', () => {
    expect(receivers('success')).toEqual({ pagerduty: [], slack: ['#phase3-reports'], mail: [] });
    expect(routeOf(routing, alertOf({ severity: 'success' }))?.resolved).toBe(false);
  });

  it('tells rollout steps in the channel of deployments and escalates as far as the chief executive', () => {
    expect(routing.rollouts.slack).toEqual(['#phase3-deployment']);
    expect(routing.escalation.map(({ name }) => name)).toEqual(['on-call engineer', 'product manager', 'VP engineering', 'CTO', 'CEO']);
  });

  it('repeats nothing more often than once an hour', () => {
    expect(Math.min(...routing.routes.map(({ repeatMs }) => repeatMs))).toBe(3_600_000);
  });
});

describe('a route', () => {
  const routing = routed({
    routes: [
      { name: 'acme', match: { tenant: ['acme'] }, to, group: ['tenant', 'feature'] },
      { name: 'coaching', match: { feature: ['ai_coaching'], rule: ['adoption'] }, to, group: [] },
      { name: 'rest', to },
    ],
  });

  it('is the first that fits in severity, rule, tenant and feature', () => {
    const name = (changes: Parameters<typeof alertOf>[0]) => routeOf(routing, alertOf(changes))?.name;
    expect(name({ tenantId: 'acme', featureId: 'ai_coaching', rule: 'adoption' })).toBe('acme');
    expect(name({ featureId: 'ai_coaching', rule: 'adoption' })).toBe('coaching');
    expect(name({ featureId: 'ai_coaching', rule: 'other' })).toBe('rest');
    expect(routeOf({ ...routing, routes: routing.routes.slice(0, 2) }, alertOf())).toBeNull();
  });

  it('groups alerts that agree in its labels, whatever stands in them', () => {
    const [acme, coaching] = routing.routes as [Routing['routes'][0], Routing['routes'][0]];
    expect(groupKeyOf(acme, alertOf({ tenantId: 'a|b=c' }))).toBe('acme|tenant=a%7Cb%3Dc|feature=');
    expect(groupKeyOf(coaching, alertOf())).toBe('coaching');
    expect(routeNameOf('acme|tenant=x')).toBe('acme');
    const [one, other] = ['a', 'b'].map((end) => groupKeyOf(acme, alertOf({ tenantId: `${'漢'.repeat(255)}${end}` })));
    expect([one?.length, one === other, routeNameOf(one ?? '')]).toEqual([1_005, false, 'acme']);
  });
});

describe('a routing document', () => {
  it('is refused with every fault at once', () => {
    const document = {
      routes: [{ name: 'a|b', match: { severity: ['bad'], colour: 1 }, to: { slack: ['alerts'], mail: ['nobody'], fax: [] }, wait: 5 }],
      inhibit: [{ source: 'critical', target: 'critical', same: ['size'] }],
      escalation: [{ name: '', after: '1ms', to: { pagerduty: ['a b'] } }],
      extra: 1,
    };
    const fields = problemsOf(document).map((problem) => problem.split('=')[0]);
    expect(fields.sort()).toEqual(
      [
        'escalation[0].after',
        'escalation[0].name',
        'escalation[0].to.pagerduty[0]',
        'inhibit[0].same[0]',
        'inhibit[0].target',
        'routes[0].match.colour',
        'routes[0].match.severity[0]',
        'routes[0].name',
        'routes[0].to.fax',
        'routes[0].to.mail[0]',
        'routes[0].to.slack[0]',
        'routes[0].wait',
        'routing.extra',
      ].sort(),
    );
  });

  it('says what would be right', () => {
    expect(problemsOf({ routes: [{ name: 'a', to: { slack: 'x' }, repeat: '1y', resolved: 'no' }] })).toEqual([
      'routes[0].to.slack="x": a list of channels',
      'routes[0].repeat="1y": a duration from 1s to 31d, for example 5m',
      'routes[0].resolved="no": true or false',
    ]);
    expect(problemsOf('nothing')[0]).toContain('a mapping with routes');
  });

  it('has each name once, and levels in the order of their times', () => {
    const level = (after: string) => ({ name: 'x', after, to });
    expect(
      problemsOf({
        routes: [
          { name: 'a', to },
          { name: 'a', to },
        ],
        escalation: [level('10m'), level('5m')],
      }),
    ).toEqual(['routes[1].name="a": a name that no other route has', 'escalation[1].after="5m": at least 10m, as the level before it']);
  });
});
