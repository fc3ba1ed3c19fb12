/** What every page can reach: who is signed in, how to ask, the change stream, and what is looked at. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { MeAnswer } from '../api/web/me.ts';
import type { Answers } from './answers.ts';
import type { Ask } from './ask.ts';
import type { Live } from './live.ts';
import type { RangeName } from './range.ts';

export type View = {
  ask: Ask;
  answers: Answers;
  live: Live;
  me: MeAnswer;
  query: URLSearchParams;
  range: RangeName;
  /** The one that was chosen; null: all that the token sees. */
  tenant: string | null;
  feature: string | null;
};

export const ViewContext = createContext<View | null>(null);

/** Throws outside of the signed-in part of the page. */
export function useView(): View {
  const view = useContext(ViewContext);
  if (view === null) throw new Error('nobody is signed in here');
  return view;
}
