/** What every flag library of the comparison is: one feature for a quarter of the users, always the same ones. */
export const FEATURE = 'checkout';
export const TENANT = 'tenant_123';

export type FlagPeer = {
  name: string;
  /** Whether the feature is on for the user of this number. */
  ask(user: number): boolean | Promise<{ value: boolean }>;
};
