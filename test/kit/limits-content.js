// The bytes that the limits' tests send: every block differs, so that one lost, doubled or misplaced changes the hash.
import { createHash } from 'node:crypto';

export const blockBytes = 1 << 16;

/** Calls `take` with one block after the other; it has to be done with a block when it returns or resolves. */
export async function eachBlock(bytes, take) {
  const block = Buffer.alloc(blockBytes, 'A mesh carries what it is given, and nothing else. ');
  for (let sent = 0; sent < bytes; sent += blockBytes) {
    block.writeDoubleBE(sent, 0);
    const wait = take(block.subarray(0, Math.min(blockBytes, bytes - sent)));
    if (wait) await wait;
  }
}

export const newHash = () => createHash('sha1');

/** Writes the content; resolves with its hash when all was handed to the stream. */
export async function writeContent(stream, bytes) {
  const hash = newHash();
  let problem;
  let wake = () => {};
  stream.on('error', (error) => wake((problem = error)));
  stream.on('close', () => wake());
  stream.on('drain', () => wake());
  await eachBlock(bytes, (block) => {
    if (problem) throw problem;
    hash.update(block);
    if (!stream.destroyed && stream.write(Buffer.from(block))) return undefined;
    if (stream.destroyed) throw problem ?? new Error('the connection was closed');
    return new Promise((resolve) => (wake = resolve));
  });
  stream.end();
  return hash.digest('hex');
}

/** Length and hash of what comes. */
export async function readContent(stream) {
  const hash = newHash();
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, hash: hash.digest('hex') };
}
