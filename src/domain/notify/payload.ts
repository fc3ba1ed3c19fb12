/** What stands in the outbox for each channel. */

/** `contentId`: pictures in the HTML name it as `cid:`. */
export type MailAttachment = { filename: string; contentType: string; contentBase64: string; cid?: string };
export type MailPayload = { to: readonly string[]; subject: string; text: string; html?: string; attachments?: readonly MailAttachment[] };

/**
 * `thread`: messages of one conversation. With a bot token the first message of it is brought up to date by each later one, which also
 * says `reply` in its thread; a webhook posts them one after the other.
 */
export type SlackPayload = { channel: string; text: string; blocks?: readonly object[]; thread?: string; reply?: string };

/** An event of the Events API v2 without its routing key, or a change event. */
export type PagerDutyPayload = { kind: 'alert' | 'change'; event: Readonly<Record<string, unknown>> };

/** `body` is what is signed and sent, to the letter. */
export type WebhookPayload = { webhookId: string; messageId: string; body: string };
