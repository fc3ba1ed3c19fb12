import { describe, expect, it } from 'vitest';
import { isCurrent, isSealed, seal, unseal } from '../../src/query/sealed.ts';

const [first, second] = [Buffer.alloc(32, 1).toString('base64'), Buffer.alloc(32, 2).toString('base64')];

describe('a sealed secret', () => {
  it('opens under its key alone, and is another one each time', () => {
    const sealed = seal([first], 'whsec_ä', 'webhook 1');
    expect(unseal([second, first], sealed, 'webhook 1')).toBe('whsec_ä');
    expect(sealed).not.toContain('whsec');
    expect(seal([first], 'whsec_ä', 'webhook 1')).not.toBe(sealed);
    expect(() => unseal([second], sealed, 'webhook 1')).toThrow('not among those of SECRETS_KEY');
  });

  it('does not open for something else, nor when a bit of it was changed', () => {
    const sealed = seal([first], 'secret', 'webhook 1');
    expect(() => unseal([first], sealed, 'webhook 2')).toThrow('a sealed secret of webhook 2 is damaged, or belongs to something else');
    const at = sealed.lastIndexOf(':') + 20;
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
    expect(() => unseal([first], changed, 'webhook 1')).toThrow('is damaged');
    expect(() => unseal([first], sealed.slice(0, 30), 'webhook 1')).toThrow('is damaged');
  });

  it('is kept as it is without a key, and known as such', () => {
    expect(seal([], 'secret', 'x')).toBe('secret');
    expect(unseal([first], 'secret', 'x')).toBe('secret');
    const sealed = seal([first], 'secret', 'x');
    expect([isSealed('secret'), isSealed(sealed)]).toEqual([false, true]);
    expect([isCurrent([first], sealed), isCurrent([second, first], sealed), isCurrent([first], 'secret')]).toEqual([true, false, false]);
    expect(isCurrent([], 'secret')).toBe(true);
  });
});
