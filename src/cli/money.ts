/** Amounts, shares and counts for people: aligned, with units, without false precision. */
import type { Column } from './render.ts';

/** "$1,234.50"; a minus sign before the dollar sign. */
export function dollars(micros: number, places = 2): string {
  const text = (Math.abs(micros) / 1e6).toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
  const nothing = /^[0.,]+$/.test(text);
  return `${micros < 0 && !nothing ? '−' : ''}$${text}`;
}

/** "710 %"; a dash where a percentage has no meaning. */
export function percent(value: number | null, places = 0): string {
  if (value === null) return '–';
  const text = Math.abs(value).toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
  return `${value < 0 && !/^[0.,]+$/.test(text) ? '−' : ''}${text} %`;
}

/** "12,345" */
export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

type Money = Pick<Column, 'align' | 'show'>;
/** Columns of amounts in micros, and of percentages. */
export const dollarColumn: Money = { align: 'right', show: (value) => dollars(Number(value)) };
export const percentColumn: Money = { align: 'right', show: (value) => percent(value === null ? null : Number(value)) };
export const countColumn: Money = { align: 'right', show: (value) => whole(Number(value)) };
