/** What a token may do. Each role may do all that the one before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** viewer reads; operator also emits events, edits rules and recalculates; admin also manages what concerns everyone. */
export function roleCovers(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}
