/**
 * The fast lane: an event written with exactly our own schema goes from Avro's bytes into the columns without becoming an object first.
 * It takes what is plainly valid and leaves everything else, unwritten, to the ordinary road (store/intake.ts), which knows all the rules
 * and says what is wrong. Both write the same row; a property test holds them to it.
 */
import { type EventKind, type FeatureEvent, featureOfKind } from '../../src/domain/event.ts';
import { EARLIEST_MS } from '../../src/domain/fields.ts';
import { FRAME_BYTES } from '../../src/domain/frame.ts';
import { type Limits, validPayload } from '../../src/domain/validate.ts';
import type { PayloadReader } from '../../src/runtime/codec.ts';
import { UUID_CHARACTERS } from '../../src/runtime/native/uuid.ts';
import { isPlain, Names } from './names.ts';
import { type EventBlock, minuteOf, type Place, writePayload, writePlace } from './row.ts';

/** Nothing is there: an optional text that is null begins here. */
const NONE = -1;
/** A text of up to 63 bytes, or a number below 64, says so in one byte, twice its value. */
const MOST_IN_ONE_BYTE = 0x7f;
const NULL_BRANCH = 0;
const TEXT_BRANCH = 2;
const MOST_FACTOR = 2 ** 63;

/** `oldest`: an event before this instant is late, milliseconds since 1970. */
export type LaneLimits = Limits & { oldest: number };

/** A lane for one kind of event. What it found in the event that it took last stands in its fields. */
export class Lane {
  tenant = '';
  feature = '';
  occurredAt = 0;
  private readonly kind: EventKind;
  private readonly tenants = new Names('id');
  private readonly features = new Names('name');
  private readonly variants = new Names('id');
  private readonly sources = new Names('id');
  private variant = '';
  private source = '';
  private revision = 0;
  private retracted = 0;
  private idAt = 0;
  private tenantAt = 0;
  private tenantEnd = 0;
  private userAt = 0;
  private userEnd = 0;
  private entityAt = 0;
  private entityEnd = 0;
  /** Where the walk stands, and where the text begins that it stepped over last. */
  private at = 0;
  private start = 0;

  constructor(kind: EventKind) {
    this.kind = kind;
  }

  /** Writes the event from `from` to `to` as a row. @returns whether it did; if not, nothing is written */
  take(bytes: Buffer, from: number, to: number, readPayload: PayloadReader, limits: LaneLimits, block: EventBlock, place: Place): boolean {
    if (!this.readEnvelope(bytes, from, limits) || this.at > to) return false;
    const only = featureOfKind[this.kind];
    if (only !== undefined && this.feature !== only) return false;
    const payload = readPayload(bytes, this.at, to);
    if (payload === null || !validPayload(this.kind, payload)) return false;
    // Checked by being written, therefore first: all that follows cannot fail.
    if (!block.columns.event_id.copy(bytes, this.idAt)) return false;
    this.writeEnvelope(bytes, block);
    payload['kind'] = this.kind;
    writePayload(block, payload as unknown as FeatureEvent);
    writePlace(block, this.kind, this.revision, place);
    return true;
  }

  /** The ten fields with which every event begins. */
  private readEnvelope(bytes: Buffer, from: number, limits: LaneLimits): boolean {
    this.at = from + FRAME_BYTES;
    if (!this.text(bytes) || this.at - this.start !== UUID_CHARACTERS) return false;
    this.idAt = this.start;
    const twiceRevision = bytes[this.at++] as number;
    this.revision = twiceRevision >>> 1;
    this.retracted = bytes[this.at++] as number;
    if (twiceRevision > MOST_IN_ONE_BYTE || (twiceRevision & 1) === 1 || this.retracted > 1) return false;
    if (!this.text(bytes) || !this.isSource(this.sources.at(bytes, this.start, this.at))) return false;
    this.occurredAt = this.long(bytes);
    if (!(this.occurredAt >= limits.oldest && this.occurredAt <= limits.now + limits.maxFutureMs)) return false;
    if (this.occurredAt < EARLIEST_MS || !this.text(bytes)) return false;
    this.tenantAt = this.start;
    this.tenantEnd = this.at;
    return this.isTenant(this.tenants.at(bytes, this.start, this.at)) && this.readOptional(bytes);
  }

  private readOptional(bytes: Buffer): boolean {
    if (!this.plainOrNull(bytes)) return false;
    this.userAt = this.start;
    this.userEnd = this.start === NONE ? NONE : this.at;
    if (!this.plainOrNull(bytes)) return false;
    this.entityAt = this.start;
    this.entityEnd = this.start === NONE ? NONE : this.at;
    if (!this.text(bytes) || !this.isFeature(this.features.at(bytes, this.start, this.at)) || !this.textOrNull(bytes)) return false;
    return this.isVariant(this.start === NONE ? '' : this.variants.at(bytes, this.start, this.at));
  }
  private isSource(found: string | null): boolean {
    this.source = found ?? '';
    return found !== null;
  }
  private isTenant(found: string | null): boolean {
    this.tenant = found ?? '';
    return found !== null;
  }
  private isFeature(found: string | null): boolean {
    this.feature = found ?? '';
    return found !== null;
  }
  private isVariant(found: string | null): boolean {
    this.variant = found ?? '';
    return found !== null;
  }

  private writeEnvelope(bytes: Buffer, { columns }: EventBlock): void {
    columns.tenant.copy(bytes, this.tenantAt, this.tenantEnd);
    columns.feature.add(this.feature);
    columns.minute.add(minuteOf(this.occurredAt));
    columns.kind.add(this.kind);
    columns.revision.add(this.revision);
    columns.retracted.add(this.retracted);
    columns.occurred_at.add(this.occurredAt);
    columns.user_id.copy(bytes, this.userAt, this.userEnd);
    columns.entity_id.copy(bytes, this.entityAt, this.entityEnd);
    columns.variant.add(this.variant);
    columns.source.add(this.source);
  }

  /** Steps over a text; false where it is empty, long, or no text. */
  private text(bytes: Buffer): boolean {
    const twice = bytes[this.at++] as number;
    if (!(twice > 0 && twice <= MOST_IN_ONE_BYTE) || (twice & 1) === 1) return false;
    this.start = this.at;
    this.at += twice >>> 1;
    return true;
  }

  private textOrNull(bytes: Buffer): boolean {
    const branch = bytes[this.at++];
    if (branch === TEXT_BRANCH) return this.text(bytes);
    this.start = NONE;
    return branch === NULL_BRANCH;
  }

  private plainOrNull(bytes: Buffer): boolean {
    return this.textOrNull(bytes) && (this.start === NONE || isPlain(bytes, this.start, this.at));
  }

  /** A whole number; NaN where the bytes end or do not. */
  private long(bytes: Buffer): number {
    let [value, factor] = [0, 1];
    for (; factor <= MOST_FACTOR; factor *= 128) {
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return Number.NaN;
  }
}
