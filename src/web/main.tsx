/** Begins: modules run in the order of their imports. */
import './begin.ts';

import { render } from 'preact';
import { App } from './app.tsx';
import { keepFocus } from './focus.ts';
import { followLinks } from './place.ts';
import { setTheme, storedTheme } from './theme.ts';

setTheme(storedTheme());
document.addEventListener('click', followLinks);
const root = document.getElementById('app');
if (root) {
  render(<App />, root);
  keepFocus(root);
}
