import type { AlertAnswer } from '../../api/alerts.ts';
import type { MeAnswer } from '../../api/web-me.ts';

type Props = { alert: AlertAnswer; me: MeAnswer; onDone: () => void };
export function AlertActions(_: Props) {
  return null;
}
