/** A report as a page: headings, sentences, tables and charts, which every output format draws in its own way. */

/** How a figure is to be taken. Never said by colour alone: the text says it as well. */
export type Tone = 'good' | 'fair' | 'warning' | 'critical' | 'plain';

export type Cell = { text: string; tone?: Tone };
export type Heading = { title: string; align?: 'right' };

/** A bar with several amounts is drawn as several bars, one below the other. Values may be negative. */
export type Bar = { label: string; value: number; text: string; tone?: Tone };
export type Point = { label: string; value: number; text: string };

export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'tiles'; tiles: { label: string; value: string; note: string; tone: Tone }[] }
  | { kind: 'list'; items: { mark: string; text: string; detail: string; tone: Tone }[] }
  | { kind: 'table'; caption: string; headings: Heading[]; rows: Cell[][] }
  /** Horizontal bars, for comparing things. */
  | { kind: 'bars'; caption: string; bars: Bar[] }
  /** Columns, for how something went on from day to day. */
  | { kind: 'columns'; caption: string; points: Point[] };

export type Section = { title: string; blocks: Block[] };
export type Page = {
  title: string;
  subtitle: string;
  /** One line that mail clients show beside the subject. */
  preview: string;
  tone: Tone;
  headline: string;
  sections: Section[];
  footer: string[];
};

/** Where a value stands between the ends of a chart that holds zero, as shares of its width: begin and length of its bar. */
export function extent(value: number, all: readonly number[]): { from: number; share: number } {
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const width = high - low || 1;
  return { from: (Math.min(0, value) - low) / width, share: Math.abs(value) / width };
}
