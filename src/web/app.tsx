/** The whole page: who is signed in, what is looked at, and the page that shows it. */
import type { ComponentType } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { MeAnswer } from '../api/web-me.ts';
import { createAsk, pathOf, Refused } from './ask.ts';
import { Bar } from './bar.tsx';
import { useBrand } from './brand.ts';
import { useView, ViewContext } from './context.ts';
import { openLive } from './live.ts';
import { Alerts } from './pages/alerts.tsx';
import { Experiments } from './pages/experiments.tsx';
import { Flags } from './pages/flags.tsx';
import { Overview } from './pages/overview.tsx';
import { Quality } from './pages/quality.tsx';
import { Reports } from './pages/reports.tsx';
import { Revenue } from './pages/revenue.tsx';
import { Rollout } from './pages/rollout.tsx';
import { type PagePath, pages } from './pages.ts';
import { Loading } from './parts/states.tsx';
import { usePlace } from './place.ts';
import { rangeOf } from './range.ts';
import { forgetToken, type Session, storedToken } from './session.ts';
import { Side } from './side.tsx';
import { SignIn } from './sign-in.tsx';

const contents: Record<PagePath, ComponentType> = {
  '/': Overview,
  '/revenue': Revenue,
  '/rollout': Rollout,
  '/experiments': Experiments,
  '/flags': Flags,
  '/alerts': Alerts,
  '/quality': Quality,
  '/reports': Reports,
};

const RETRY_MS = 2_000;

/** Signs in again with the token that was kept. An API that is away is waited for: the token may well be good. */
function useKeptSession(): [Session | null, boolean, (session: Session | null) => void] {
  const [session, setSession] = useState<Session | null>(null);
  const [waiting, setWaiting] = useState(storedToken() !== null);
  useEffect(() => {
    const token = storedToken();
    if (token === null) return;
    let timer: ReturnType<typeof setTimeout>;
    const attempt = (): void => {
      createAsk(
        token,
        forgetToken,
      )<MeAnswer>('/api/v1/me').then(
        ({ data: me }) => {
          setSession({ token, me });
          setWaiting(false);
        },
        (error: Error) => {
          if (error instanceof Refused && error.status < 500) setWaiting(false);
          else timer = setTimeout(attempt, RETRY_MS);
        },
      );
    };
    attempt();
    return () => clearTimeout(timer);
  }, []);
  return [session, waiting, setSession];
}

export function App() {
  const brand = useBrand();
  const [session, waiting, setSession] = useKeptSession();
  const [note, setNote] = useState<string | null>(null);
  const signOut = useCallback(
    (why: string | null) => {
      forgetToken();
      setNote(why);
      setSession(null);
    },
    [setSession],
  );
  if (waiting) return <Loading height={400} />;
  if (session === null) return <SignIn brand={brand} note={note} onSignedIn={setSession} />;
  return <SignedIn session={session} brand={brand} onSignOut={signOut} />;
}

type SignedInProps = { session: Session; brand: ReturnType<typeof useBrand>; onSignOut: (why: string | null) => void };

function SignedIn({ session: { token, me }, brand, onSignOut }: SignedInProps) {
  const { path, query } = usePlace();
  const tenant = me.tenant ?? query.get('tenant');
  const ask = useMemo(
    () => createAsk(token, () => onSignOut('This token is no longer taken. Sign in with another one.')),
    [token, onSignOut],
  );
  const live = useMemo(() => openLive(token, pathOf('/api/v1/live', { tenant })), [token, tenant]);
  useEffect(() => () => live.stop(), [live]);
  const view = { ask, live, me, query, range: rangeOf(query), tenant, feature: query.get('feature') };
  const page = pages.find((one) => one.path === path) ?? pages[0];
  return (
    <ViewContext.Provider value={view}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <div class="shell">
        <Side brand={brand} path={page.path} onSignOut={() => onSignOut(null)} />
        <div class="content">
          <Bar />
          <Page path={page.path} title={page.title} brand={brand.title} />
        </div>
      </div>
    </ViewContext.Provider>
  );
}

function Page({ path, title, brand }: { path: PagePath; title: string; brand: string }) {
  const Content = contents[path];
  const { tenant } = useView();
  useEffect(() => {
    document.title = `${title} · ${brand}`;
    window.scrollTo(0, 0);
  }, [title, brand]);
  return (
    <main id="content" tabIndex={-1}>
      <Content key={`${path} ${tenant}`} />
    </main>
  );
}
