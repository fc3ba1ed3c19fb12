import { expect, it } from 'vitest';
import { colorText, contrast, inkOn, parseColor, type Rgb, readableOn, TEXT_CONTRAST } from '../../src/domain/color.ts';

const [WHITE, BLACK]: Rgb[] = [
  [255, 255, 255],
  [0, 0, 0],
];

it('reads and writes colours, and nothing else', () => {
  expect(parseColor('#1f6feb')).toEqual([31, 111, 235]);
  expect(colorText([31, 111, 235])).toBe('#1f6feb');
  expect([parseColor('red'), parseColor('#fff'), parseColor('#1f6feb;')]).toEqual([null, null, null]);
});

it('measures contrast as WCAG does', () => {
  expect(contrast(WHITE as Rgb, BLACK as Rgb)).toBeCloseTo(21, 5);
  // The grey that is known to miss AA by a hair, and the one that makes it.
  expect(contrast([119, 119, 119], WHITE as Rgb)).toBeLessThan(TEXT_CONTRAST);
  expect(contrast([118, 118, 118], WHITE as Rgb)).toBeGreaterThan(TEXT_CONTRAST);
});

it('makes any colour readable on light and on dark, and leaves alone what is', () => {
  for (const color of ['#ffff00', '#3b5bdb', '#000000', '#ffffff', '#ff8800'].map((text) => parseColor(text) as Rgb))
    for (const background of [WHITE, [26, 30, 38]] as Rgb[])
      expect(contrast(readableOn(color, [background]), background)).toBeGreaterThanOrEqual(TEXT_CONTRAST);
  expect(readableOn([59, 91, 219], [WHITE as Rgb])).toEqual([59, 91, 219]);
});

it('writes in black or white, whichever reads better', () => {
  expect([inkOn([255, 255, 0]), inkOn([20, 30, 90])]).toEqual([BLACK, WHITE]);
});
