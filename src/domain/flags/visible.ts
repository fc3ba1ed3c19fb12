/** What a tenant may see of a flag that is everybody's: of the lists its own entries, and nothing that could name others. */
import type { FlagDocument } from './flag.ts';

/** Internal users and targeting rules may belong to, or speak of, other tenants. */
const hiddenFromTenants = ['userWhitelist', 'targeting'] as const;

/** The flag as that tenant sees it. It cannot be evaluated in its place: ask for an evaluation instead. */
export function flagForTenant(flag: FlagDocument, tenantId: string): Omit<FlagDocument, (typeof hiddenFromTenants)[number]> {
  const { userWhitelist: _, targeting: _1, ...rest } = flag;
  const own = (tenants: readonly string[]): string[] => tenants.filter((tenant) => tenant === tenantId);
  return { ...rest, tenantWhitelist: own(flag.tenantWhitelist), tenantBlacklist: own(flag.tenantBlacklist) };
}
