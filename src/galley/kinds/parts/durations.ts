// Durations in resources: at least a millisecond by the schema, whole milliseconds by the webhook.
import { parseDuration } from '../../../lib/duration.ts';
import { duration, type Schema } from '../../schema.ts';
import type { Problem } from './issue-list.ts';

/** A duration that the API server itself checks. */
export const durationSchema = (): Schema<string> => duration({ minMs: 1 });

/** Whether it is a duration at all, for those that the schema takes for any text. */
export function checkDurationText(text: string | undefined): Problem {
  if (text === undefined || parseDuration(text) !== undefined) return undefined;
  const hint = /^\d+$/.test(text) ? `with a unit: \`${text}s\`?` : 'such as `1.5s`, `250ms` or `1h30m`';
  return { code: 'bad-duration', message: `\`${text}\` is not a duration`, hint };
}

/** The webhook's part: at least a millisecond, and no fractions of one. */
export function checkDuration(text: string | undefined): Problem {
  const ms = lowerDuration(text);
  if (text === undefined || ms === undefined) return checkDurationText(text);
  if (ms < 1) return { code: 'bad-duration', message: `\`${text}\` is too short`, hint: 'at least 1ms' };
  // Rounded to nanoseconds, which binary fractions of seconds cannot hold exactly.
  return Math.round(ms * 1e6) % 1e6 === 0
    ? undefined
    : { code: 'bad-duration', message: `\`${text}\` has a fraction of a millisecond` };
}

export function lowerDuration(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
