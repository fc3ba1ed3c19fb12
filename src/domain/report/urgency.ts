/** A piece of advice, and how urgent it is. */

/** `act`: now. `consider`: it pays to look. `note`: to be known. */
export const urgencies = ['act', 'consider', 'note'] as const;
export type Urgency = (typeof urgencies)[number];
/** `evidence`: what the advice rests on. */
export type Advice = { urgency: Urgency; text: string; evidence: string };

export const advice = (urgency: Urgency, text: string, evidence: string): Advice => ({ urgency, text, evidence });
