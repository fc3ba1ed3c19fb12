import { title } from '../../format.ts';

/** What belongs to no feature has this in its place. */
const SHARED = 'platform';

/** Whose an alert is: "the platform", a tenant, a feature, or a tenant's feature. */
export const subjectOf = ({ tenant, feature }: { tenant: string | null; feature: string | null }): string =>
  [tenant, feature === null || feature === SHARED ? null : title(feature)].filter((part) => part !== null).join(' · ') || 'the platform';
