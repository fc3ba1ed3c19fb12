/** The whole page: who is signed in, what is looked at, and the page that shows it. */
import type { ComponentType } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { MeAnswer } from '../api/web/me.ts';
import { pathOf } from './ask.ts';
import { Bar } from './bar.tsx';
import { begin, begun } from './begin.ts';
import { type Brand, useBrand } from './brand.ts';
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
import { Fault, Loading } from './parts/states.tsx';
import { usePlace } from './place.ts';
import { rangeOf } from './range.ts';
import { forgetToken, ME, type Session } from './session.ts';
import { Side, SideAwaited } from './side.tsx';
import { SignIn } from './sign-in.tsx';
import { useKnown } from './use-answer.ts';

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

/** Who is signed in, or nobody; and how to begin and to end that. */
function useSession() {
  const [note, setNote] = useState<string | null>(null);
  const [session, setSession] = useState(begun);
  useEffect(() => {
    let left = false;
    session?.refused.then(() => left || end('This token is no longer taken. Sign in with another one.'));
    return () => {
      left = true;
      session?.answers.stop();
    };
  }, [session]);
  function end(why: string | null): void {
    forgetToken();
    setNote(why);
    setSession(null);
  }
  return { session, note, end, signIn: (token: string) => setSession(begin(token)) };
}

export function App() {
  const brand = useBrand();
  const { session, note, end, signIn } = useSession();
  if (session === null) return <SignIn brand={brand} note={note} onSignedIn={signIn} />;
  return <Opened session={session} brand={brand} onSignOut={() => end(null)} />;
}

type OpenedProps = { session: Session; brand: Brand; onSignOut: () => void };

/** An API that is away is waited for: the token may well be good. */
function Opened({ session, brand, onSignOut }: OpenedProps) {
  const me = useKnown<MeAnswer>(session.answers, ME, []);
  if (me.data !== null) return <SignedIn session={session} me={me.data} brand={brand} onSignOut={onSignOut} />;
  return (
    <div class="shell">
      <SideAwaited brand={brand} />
      <div class="content">
        <main>{me.error === null ? <Loading height={400} /> : <Fault error={me.error} retry={me.reload} />}</main>
      </div>
    </div>
  );
}

function SignedIn({ session: { token, ask, answers }, me, brand, onSignOut }: OpenedProps & { me: MeAnswer }) {
  const { path, query } = usePlace();
  // A token of one tenant sees that one, whatever the address says.
  const tenant = me.tenant === null ? query.get('tenant') : null;
  const live = useMemo(() => openLive(token, pathOf('/api/v1/live', { tenant })), [token, tenant]);
  useEffect(() => {
    const leave = live.listen(answers.changed);
    return () => {
      leave();
      live.stop();
    };
  }, [live, answers]);
  const view = { ask, answers, live, me, query, range: rangeOf(query), tenant, feature: query.get('feature') };
  const page = pages.find((one) => one.path === path) ?? pages[0];
  return (
    <ViewContext.Provider value={view}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <div class="shell">
        <Side brand={brand} path={page.path} onSignOut={onSignOut} />
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
  // Whoever looks from outside knows by it that what the address says is being shown: this runs after the effects of everything inside.
  useEffect(() => {
    document.documentElement.dataset['place'] = location.pathname + location.search;
  });
  return (
    <main id="content" tabIndex={-1}>
      <Content key={`${path} ${tenant}`} />
    </main>
  );
}
