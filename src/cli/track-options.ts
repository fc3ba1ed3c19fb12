/** The fields of a track as options of a command. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TrackField, TrackFieldType } from '../domain/track.ts';
import { parseMoment } from './argument.ts';
import type { Context } from './context.ts';

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

function parseBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Expected true or false.');
  return text === 'true';
}

/** "plan=pro", added to those before it. */
function parseAttribute(text: string, others: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('Expected name=value.');
  return { ...others, [name]: value };
}

/** The option of a field. */
export function optionOf({ option, type, description, required }: TrackField, context: Context): Option {
  const parse: Record<TrackFieldType, (text: string, before: unknown) => unknown> = {
    text: (text) => text,
    number: parseNumber,
    whole: parseNumber,
    boolean: parseBoolean,
    time: parseMoment(context.now),
    attributes: (text, before) => parseAttribute(text, before as Record<string, string> | undefined),
  };
  const value = {
    text: '<text>',
    number: '<number>',
    whole: '<number>',
    boolean: '<true|false>',
    time: '<moment>',
    attributes: '<name=value>',
  }[type];
  const repeat = type === 'attributes' ? '; may be repeated' : '';
  return new Option(`--${option} ${value}`, description + repeat).argParser(parse[type]).makeOptionMandatory(required);
}

/** What was given for a field; undefined when it was left out. */
export const givenFor = ({ option }: TrackField, command: Command): unknown =>
  command.getOptionValue(new Option(`--${option}`).attributeName());
