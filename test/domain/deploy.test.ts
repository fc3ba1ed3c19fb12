import { describe, expect, it } from 'vitest';
import { announcementKey, deployText, documentsOf, environmentFile, rollOrder, withImage } from '../../src/domain/deploy.ts';

const deployment = { id: 'd1', environment: 'production', version: '0.2.0', previous: '0.1.0', startedBy: 'ada' } as const;

describe('a deploy', () => {
  it('rolls what only reads first, then what stores, and the door last', () => {
    expect(rollOrder(['api', 'store', 'window', 'record'])).toEqual(['window', 'record', 'store', 'api']);
  });

  it('is told in one line, with the reason where it failed', () => {
    expect(deployText(deployment, 'running')).toBe('🚀 deploying 0.2.0 to production, after 0.1.0 (ada)');
    expect(deployText({ ...deployment, previous: null }, 'running')).toBe('🚀 deploying 0.2.0 to production (ada)');
    expect(deployText(deployment, 'rolled_back', 'one\ntwo\nthree\nfour')).toBe(
      '↩️ 0.2.0 failed in production; 0.1.0 runs again (ada)\n> one\n> two\n> three',
    );
    expect(deployText(deployment, 'failed')).toContain('nothing could be put back');
    expect(deployText(deployment, 'done')).toContain('0.2.0 runs in production');
    expect(announcementKey(deployment, 'done')).toBe('deployment/d1/done');
  });
});

describe('an environment file', () => {
  it('is read as systemd reads it', () => {
    expect(environmentFile('# words\n\nA=1\nB_2="with # and spaces"\nC=\'x\'\nD=a=b\nE=\n')).toEqual({
      A: '1',
      B_2: 'with # and spaces',
      C: 'x',
      D: 'a=b',
      E: '',
    });
  });

  it('is refused with the line that is neither a setting nor a comment', () => {
    expect(() => environmentFile('A=1\nexport B=2')).toThrow('line 2 is neither NAME=VALUE nor a comment: export B=2');
  });
});

describe('a manifest', () => {
  const text =
    'kind: Job\nspec:\n  image: impactstream:0.1.0\n---\nkind: Deployment\nspec:\n  - image: "impactstream"\n  - image: other/impactstream:1\n---\nkind: CronJob\n';

  it('gets the wanted image in every place of ours, and in no other', () => {
    const made = withImage(text, 'registry/impact', '0.2.0');
    expect(made.match(/image: .*/g)).toEqual([
      'image: registry/impact:0.2.0',
      'image: registry/impact:0.2.0',
      'image: other/impactstream:1',
    ]);
  });

  it('is divided by kind', () => {
    expect(documentsOf(text, 'Job')).toContain('kind: Job\n');
    expect(documentsOf(text, 'Job')).not.toContain('CronJob');
    expect(documentsOf(text, 'Job', true).match(/kind: .*/g)).toEqual(['kind: Deployment', 'kind: CronJob']);
  });
});
