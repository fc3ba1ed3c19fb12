/** What an installation's own look is: name, logo, colour. Open, for the page asks before anyone has signed in. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Config } from '../../config.ts';
import { colorText, inkOn, parseColor, type Rgb, readableOn } from '../../domain/color.ts';
import { ImpactError } from '../../domain/errors.ts';
import type { App } from '../deps.ts';
import { PAGE_POLICY } from '../static.ts';

/** The surfaces of both themes that the colour is written on; `src/web/style/base.css` has the same. */
const light: Rgb[] = [
  [255, 255, 255],
  [243, 245, 248],
];
const dark: Rgb[] = [
  [26, 30, 38],
  [36, 41, 51],
];

/** Style rules that set the accent for both themes. */
export function brandStyle(accent: string): string {
  const given = parseColor(accent) ?? [59, 91, 219];
  const [onLight, onDark] = [readableOn(given, light), readableOn(given, dark)];
  const pair = (one: Rgb, other: Rgb): string => `light-dark(${colorText(one)}, ${colorText(other)})`;
  return `:root{--accent:${pair(onLight, onDark)};--on-accent:${pair(inkOn(onLight), inkOn(onDark))}}\n`;
}

const logoTypes: Record<string, string> = { '.svg': 'image/svg+xml', '.png': 'image/png' };
const open = { config: { role: 'open', rateLimit: false }, schema: { hide: true } } as const;

/** @throws ImpactError `bad_configuration` when the logo cannot be read or is of another type */
function logoOf(file: string): { type: string; body: Buffer } | null {
  if (file === '') return null;
  const type = logoTypes[extname(file).toLowerCase()];
  const problems = [{ field: 'WEB_LOGO_FILE', value: file, expected: 'a readable .svg or .png file' }];
  try {
    if (type !== undefined) return { type, body: readFileSync(file) };
  } catch (cause) {
    throw new ImpactError('bad_configuration', 'the logo cannot be read', { problems, cause });
  }
  throw new ImpactError('bad_configuration', 'the logo is of a type that is not served', { problems });
}

/** `/brand.css` and `/brand/logo`: files rather than values in the page, which may hold no styles of its own. */
export function addBrand(app: App, config: Pick<Config, 'webTitle' | 'webLogoFile' | 'webAccentColor'>): void {
  const logo = logoOf(config.webLogoFile);
  const style = brandStyle(config.webAccentColor);
  app.get('/brand.css', open, async (_, reply) =>
    reply.headers({ 'cache-control': 'public, max-age=300', 'content-security-policy': PAGE_POLICY }).type('text/css').send(style),
  );
  app.get('/brand.json', open, async (_, reply) => {
    reply.header('cache-control', 'public, max-age=300');
    return { title: config.webTitle, logo: logo !== null };
  });
  app.get('/brand/logo', open, async (_, reply) => {
    if (logo === null) throw new ImpactError('not_found', 'no logo is configured');
    // A picture is no document: a script inside an SVG never runs from here.
    const policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    return reply.headers({ 'cache-control': 'public, max-age=300', 'content-security-policy': policy }).type(logo.type).send(logo.body);
  });
}
