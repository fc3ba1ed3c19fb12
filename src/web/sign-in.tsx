/** Signing in with a token. It is tried before it is kept. */
import { useState } from 'preact/hooks';
import { createAsk, Refused } from './ask.ts';
import type { Brand } from './brand.ts';
import { ME, storeToken } from './session.ts';

type Props = { brand: Brand; note: string | null; onSignedIn: (token: string) => void };

const saying = (error: unknown): string => {
  if (!(error instanceof Refused)) return 'The API cannot be reached. Try again in a moment.';
  return error.status === 401 ? 'This token is unknown, expired or revoked.' : error.message;
};

export function SignIn({ brand, note, onSignedIn }: Props) {
  const [token, setToken] = useState('');
  const [remember, setRemember] = useState(false);
  const [fault, setFault] = useState(note);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await createAsk(token.trim(), () => {})(ME);
      storeToken(token.trim(), remember);
      onSignedIn(token.trim());
    } catch (error) {
      setFault(saying(error));
      setBusy(false);
    }
  };
  return (
    <main class="signin">
      <form onSubmit={submit}>
        <div class="brand">
          <img src={brand.logo} alt="" />
          <span>{brand.title}</span>
        </div>
        <h1>Sign in</h1>
        <label class="field">
          <span>Access token</span>
          <input
            type="password"
            name="token"
            required
            autocomplete="current-password"
            placeholder="imp_…"
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
          <small>
            An operator makes one with <code>impact tokens create --role viewer</code>
          </small>
        </label>
        <label class="row">
          <input type="checkbox" checked={remember} onChange={({ currentTarget }) => setRemember(currentTarget.checked)} />
          Remember me on this device
        </label>
        {fault && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        <button type="submit" class="button primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
