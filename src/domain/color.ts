/** Colours that can be read: contrast after WCAG 2.2, "relative luminance" and "contrast ratio". */

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];
/** What WCAG 2.2 AA asks of text. */
export const TEXT_CONTRAST = 4.5;

/** "#1f6feb" -> [31, 111, 235]; null for anything else. */
export function parseColor(text: string): Rgb | null {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (match === null) return null;
  return [Number.parseInt(match[1] ?? '', 16), Number.parseInt(match[2] ?? '', 16), Number.parseInt(match[3] ?? '', 16)];
}

/** The opposite of `parseColor`. */
export const colorText = (color: Rgb): string => `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

const linear = (part: number): number => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);

/** 0 for black, 1 for white. */
const luminance = ([red, green, blue]: Rgb): number => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: Rgb, other: Rgb): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

const mixed = (color: Rgb, towards: Rgb, share: number): Rgb =>
  color.map((part, i) => part + ((towards[i] ?? 0) - part) * share) as unknown as Rgb;

/** The colour, made lighter or darker as far as it takes to be read on every one of these backgrounds. */
export function readableOn(color: Rgb, backgrounds: readonly Rgb[], minimum = TEXT_CONTRAST): Rgb {
  const [first = WHITE] = backgrounds;
  const towards = luminance(first) > 0.18 ? BLACK : WHITE;
  for (let share = 0; share < 1; share += 0.02) {
    // Rounded as it will be written: what is read must hold, not what was meant.
    const tried = mixed(color, towards, share).map(Math.round) as unknown as Rgb;
    if (backgrounds.every((background) => contrast(tried, background) >= minimum)) return tried;
  }
  return towards;
}

/** Black or white, whichever reads better on the colour. */
export const inkOn = (color: Rgb): Rgb => (contrast(color, WHITE) >= contrast(color, BLACK) ? WHITE : BLACK);
