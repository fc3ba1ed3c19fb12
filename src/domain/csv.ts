/** CSV as RFC 4180 has it: commas, quotes doubled inside quotes, line breaks allowed inside quotes. */

/** One record with the number of the line it begins on, counted from 1. */
export type CsvRecord = { line: number; cells: string[] };

type State = { records: CsvRecord[]; cells: string[]; cell: string; quoted: boolean; line: number; begun: number };

function endCell(state: State): void {
  state.cells.push(state.cell);
  state.cell = '';
}

function endRecord(state: State): void {
  endCell(state);
  const blank = state.cells.length === 1 && state.cells[0] === '';
  if (!blank) state.records.push({ line: state.begun, cells: state.cells });
  state.cells = [];
}

function take(state: State, character: string): void {
  if (character === '"') state.quoted = !state.quoted;
  else if (!state.quoted && character === ',') endCell(state);
  else if (!state.quoted && character === '\n') endRecord(state);
  else state.cell += character;
}

/** Splits a text into records; blank lines are left out. An unclosed quote runs to the end of the text. */
export function parseCsv(text: string): CsvRecord[] {
  const state: State = { records: [], cells: [], cell: '', quoted: false, line: 1, begun: 1 };
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  for (let i = 0; i < plain.length; i += 1) {
    const character = plain[i] as string;
    const doubled = state.quoted && character === '"' && plain[i + 1] === '"';
    if (doubled) {
      state.cell += '"';
      i += 1;
    } else take(state, character);
    if (character !== '\n') continue;
    state.line += 1;
    if (!state.quoted) state.begun = state.line;
  }
  if (state.cell !== '' || state.cells.length > 0) endRecord(state);
  return state.records;
}
