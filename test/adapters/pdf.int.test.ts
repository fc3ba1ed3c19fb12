import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPdfPrinter } from '../../src/adapters/pdf.ts';
import { pageHtml } from '../../src/domain/report/html.ts';
import { pageOf } from '../../src/domain/report/layout.ts';
import { reportOf } from '../../src/domain/report.ts';
import { testConfig } from '../support/config.ts';
import { figuresOf } from '../support/report.ts';

const { chromiumPath } = testConfig();

describe('a report on paper', () => {
  it('is a PDF of a few pages with its text in it', async () => {
    expect(existsSync(chromiumPath)).toBe(true);
    const pdf = await createPdfPrinter(chromiumPath)(pageHtml(pageOf(reportOf(figuresOf()))));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(20_000);
    const pages = pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThanOrEqual(2);
    expect(pages).toBeLessThanOrEqual(6);
  });

  it('says what is missing where there is no browser', async () => {
    await expect(createPdfPrinter('/nowhere/chromium')('<p>')).rejects.toThrow(
      /there is none at \/nowhere\/chromium; install it, or set CHROMIUM_PATH/,
    );
  });
});
