/** The menu. */

import { useEffect } from 'preact/hooks';
import type { AlertsAnswer } from '../api/alerts.ts';
import type { Brand } from './brand.ts';
import { useView } from './context.ts';
import { firingPath } from './pages/overview/paths.ts';
import { type PagePath, pages } from './pages.ts';
import { hrefOf } from './place.ts';
import { useAnswer } from './use-answer.ts';

const roleWords: Record<string, string> = { viewer: 'may look', operator: 'may change things', admin: 'may change everything' };

const Home = ({ brand }: { brand: Brand }) => (
  <a class="brand" href={hrefOf('/')} data-own>
    <img src={brand.logo} alt="" />
    <span>{brand.title}</span>
  </a>
);

/** While it is not known yet who is signed in. */
export const SideAwaited = ({ brand }: { brand: Brand }) => (
  <header class="side">
    <Home brand={brand} />
  </header>
);

export function Side({ brand, path, onSignOut }: { brand: Brand; path: PagePath; onSignOut: () => void }) {
  const { me, tenant } = useView();
  const firing = useAnswer<AlertsAnswer>(firingPath(tenant), ['alerts']);
  const count = firing.data?.alerts.filter(({ severity }) => severity !== 'success').length ?? 0;
  useEffect(() => {
    // On a phone the menu is a strip that is longer than the screen.
    document.querySelector('.side [aria-current]')?.scrollIntoView?.({ block: 'nearest', inline: 'center' });
  }, [path]);
  return (
    <header class="side">
      <Home brand={brand} />
      <nav aria-label="Pages">
        <ul>
          {pages.map((page) => (
            <li key={page.path}>
              <a href={hrefOf(page.path)} data-own aria-current={page.path === path ? 'page' : undefined}>
                <svg
                  viewBox="0 0 24 24"
                  fill="none"
                  stroke="currentColor"
                  stroke-width="1.8"
                  stroke-linecap="round"
                  stroke-linejoin="round"
                  aria-hidden="true"
                >
                  <path d={page.icon} />
                </svg>
                {page.title}
                {page.path === '/alerts' && count > 0 && (
                  <span class="count">
                    {count}
                    <span class="hidden"> firing</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="foot">
        <span class="who break">
          Signed in as <b>{me.name}</b>, who {roleWords[me.role] ?? me.role}
          {me.tenant === null ? '' : ` at ${me.tenant}`}
        </span>
        <button type="button" class="button" onClick={onSignOut}>
          Sign out
        </button>
      </div>
    </header>
  );
}
