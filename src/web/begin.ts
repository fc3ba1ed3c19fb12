/** What comes before all else: what the page shows first is asked for while what draws it is still being set up. */
import { overviewPaths } from './pages/overview/paths.ts';
import { rangeOf } from './range.ts';
import { openSession, type Session, storedToken } from './session.ts';

/** What the page that the address names shows first. */
function firstPaths(): string[] {
  const query = new URLSearchParams(location.search);
  return location.pathname === '/' ? Object.values(overviewPaths(rangeOf(query), query.get('tenant'))) : [];
}

export const begin = (token: string): Session => openSession(token, firstPaths());

const token = storedToken();
/** The session of the token that was kept, or none. */
export const begun = token === null ? null : begin(token);
