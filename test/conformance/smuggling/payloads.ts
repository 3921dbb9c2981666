// The whole table, for the codec's own tests and for those through a proxy.
import { chunkPayloads } from './chunks.ts';
import { contentLengthPayloads } from './content-length.ts';
import { linePayloads } from './lines.ts';
import type { Payload } from './payload.ts';
import { routingPayloads } from './routing.ts';
import { transferCodingPayloads } from './transfer-coding.ts';

export const smugglingPayloads: readonly Payload[] = [
  ...contentLengthPayloads,
  ...transferCodingPayloads,
  ...chunkPayloads,
  ...linePayloads,
  ...routingPayloads,
];
