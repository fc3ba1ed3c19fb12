/** What a token may do. */
export const roles = ['emitter', 'viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** emitter sends events and reads nothing; viewer reads; operator does both, edits rules and recalculates; admin also manages what concerns everyone. */
const covered: Record<Role, readonly Role[]> = {
  emitter: ['emitter'],
  viewer: ['viewer'],
  operator: ['emitter', 'viewer', 'operator'],
  admin: roles,
};

/** Whether who holds a role may do what takes another one. */
export const roleCovers = (held: Role, needed: Role): boolean => covered[held].includes(needed);
