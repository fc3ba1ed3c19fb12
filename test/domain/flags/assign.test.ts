import { describe, expect, it } from 'vitest';
import { assignmentsOf, definitionFrom, fieldNames, requireDefinition, withAssignments } from '../../../src/domain/flags/assign.ts';
import { definition } from '../../support/flags.ts';

const one = definition({ tenantWhitelist: ['a', 'b'] });

describe('a field of a flag', () => {
  it('is set, or its list gets and loses entries', () => {
    expect(withAssignments(one, [{ field: 'stage', how: 'to', value: 'ga' }]).stage).toBe('ga');
    const lists = withAssignments(one, [
      { field: 'tenantWhitelist', how: 'add', value: 'c' },
      { field: 'tenantWhitelist', how: 'remove', value: ['a', 'z'] },
      { field: 'userWhitelist', how: 'add', value: ['u', 'v'] },
    ]);
    expect([lists.tenantWhitelist, lists.userWhitelist]).toEqual([
      ['b', 'c'],
      ['u', 'v'],
    ]);
    expect(withAssignments(one, [{ field: 'tenantWhitelist', how: 'add', value: 'a' }]).tenantWhitelist).toEqual(['b', 'a']);
    expect(withAssignments(one, [])).toEqual(one);
  });

  it.each([
    [{ field: 'stage', how: 'to', value: 'near' }, 'stage'],
    [{ field: 'name', how: 'add', value: 'x' }, 'name'],
    [{ field: 'variants', how: 'remove', value: 'control' }, 'variants'],
    [{ field: 'id', how: 'to', value: 'other' }, 'id'],
    [{ field: 'colour', how: 'to', value: 'red' }, 'colour'],
  ] as const)('is refused with %j', (assignment, field) => {
    expect(() => withAssignments(one, [assignment])).toThrow(
      expect.objectContaining({ code: 'unprocessable', problems: [expect.objectContaining({ field })] }),
    );
  });

  it('that follows from others follows from the given ones in a new flag', () => {
    const colours = ['red', 'blue'].map((name) => ({ name, value: name }));
    const made = definitionFrom('banner', [...assignmentsOf({ variants: colours }), { field: 'tenantWhitelist', how: 'add', value: 'a' }]);
    expect(made).toMatchObject({ defaultVariant: 'red', gaVariant: 'blue', seed: 'banner', tenantWhitelist: ['a'] });
    expect(() => requireDefinition({})).toThrow('the flag is not valid');
    expect(fieldNames).toContain('metricDropThresholdPercent');
  });
});
