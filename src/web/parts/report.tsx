/** A report as the API laid it out, drawn: every word of it stands as text, whatever it holds. */
import type { ReportPage } from '../../api/report-answer.ts';
import { Badge, type Tone } from './badge.tsx';
import { Scroll } from './scroll.tsx';

type Block = ReportPage['sections'][number]['blocks'][number];
type Of<Kind extends Block['kind']> = Extract<Block, { kind: Kind }>;

const badges: Record<ReportPage['tone'], Tone> = { good: 'good', fair: 'none', warning: 'warn', critical: 'bad', plain: 'none' };
/** The colour of a tile or of an entry: plain ones have none. */
const colours: Record<ReportPage['tone'], string> = { good: 'good', fair: '', warning: 'warn', critical: 'bad', plain: '' };

const Tiles = ({ tiles }: Of<'tiles'>) => (
  <dl class="tiles">
    {tiles.map(({ label, value, note, tone }) => (
      <div key={label} class={colours[tone]}>
        <dt>{label}</dt>
        <dd class="number">{value}</dd>
        <dd class="small">{note}</dd>
      </div>
    ))}
  </dl>
);

const Advice = ({ items }: Of<'list'>) => (
  <ul class="advice">
    {items.map(({ mark, text, detail, tone }) => (
      <li key={text} class={colours[tone]}>
        <span>
          <Badge tone={badges[tone]}>{mark}</Badge> <b>{text}</b>
        </span>
        <span class="small soft">{detail}</span>
      </li>
    ))}
  </ul>
);

/** Longer cells break between words, so that a table need not be wider than the page. */
const LONG = 16;

const Table = ({ caption, headings, rows }: Of<'table'>) => (
  <Scroll label={caption}>
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {headings.map(({ title, align = 'left' }) => (
            <th key={title} scope="col" class={align}>
              {title === '' ? <span class="hidden">Name</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.map(({ text }) => text).join('\t')}>
            {row.map(({ text, tone = 'plain' }, i) =>
              i === 0 ? (
                <th key="name" scope="row">
                  {text}
                </th>
              ) : (
                <td key={headings[i]?.title} class={`${headings[i]?.align ?? ''} ${colours[tone]} ${text.length > LONG ? 'long' : ''}`}>
                  {text}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </Scroll>
);

/** Where a value stands between the ends of all of them and zero: begin and length, percent. */
export function extentOf(value: number, all: readonly number[]): { from: number; length: number } {
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const percent = (size: number): number => (100 * size) / (high - low || 1);
  return { from: percent(Math.min(0, value) - low), length: percent(Math.abs(value)) };
}

const signOf = (value: number): string => (value < 0 ? 'minus' : '');

const Bars = ({ caption, bars }: Of<'bars'>) => (
  <table class="bars">
    <caption>{caption}</caption>
    <tbody>
      {bars.map(({ label, value, text }) => {
        const { from, length } = extentOf(
          value,
          bars.map((one) => one.value),
        );
        return (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td class="track">
              <i class={signOf(value)} style={{ marginLeft: `${from}%`, width: `${length}%` }} />
            </td>
            <td class="right">{text}</td>
          </tr>
        );
      })}
    </tbody>
  </table>
);

function Columns({ caption, points }: Of<'columns'>) {
  const values = points.map(({ value }) => value);
  const [first, last] = [points[0], points.at(-1)];
  const [lowest, highest] = [Math.min(...values), Math.max(...values)].map((value) => points.find((one) => one.value === value));
  if (!first || !last || !lowest || !highest) return null;
  const range = `Lowest ${lowest.text} (${lowest.label}), highest ${highest.text} (${highest.label}), last ${last.text}.`;
  return (
    <div class="columns" role="img" aria-label={`${caption}. ${range}`}>
      <p class="caption" aria-hidden="true">
        {caption}
      </p>
      <div aria-hidden="true">
        <b class="zero" style={{ bottom: `${extentOf(0, values).from}%` }} />
        {points.map(({ label, value, text }) => {
          const { from, length } = extentOf(value, values);
          return (
            <span key={label} title={`${label}: ${text}`}>
              <i class={signOf(value)} style={{ bottom: `${from}%`, height: `${length}%` }} />
            </span>
          );
        })}
      </div>
      <p class="row spread small soft" aria-hidden="true">
        <span>{first.label}</span>
        <span>{last.label}</span>
      </p>
      <p class="small soft" aria-hidden="true">
        {range}
      </p>
    </div>
  );
}

/** A kind of block that is missing here does not compile. */
function Drawn({ block }: { block: Block }) {
  switch (block.kind) {
    case 'text':
      return <p>{block.text}</p>;
    case 'tiles':
      return <Tiles {...block} />;
    case 'list':
      return <Advice {...block} />;
    case 'table':
      return <Table {...block} />;
    case 'bars':
      return <Bars {...block} />;
    case 'columns':
      return <Columns {...block} />;
  }
}

export function Report({ page: { title, subtitle, tone, headline, sections, footer } }: { page: ReportPage }) {
  return (
    <article class="report">
      <header>
        <Badge tone={badges[tone]}>{subtitle}</Badge>
        <h2>{title}</h2>
        <p class="headline">{headline}</p>
      </header>
      {sections.map((section) => (
        <section key={section.title}>
          <h3>{section.title}</h3>
          {section.blocks.map((block, i) => (
            <Drawn key={i} block={block} />
          ))}
        </section>
      ))}
      <footer class="small soft">
        {footer.map((text) => (
          <p key={text}>{text}</p>
        ))}
      </footer>
    </article>
  );
}
