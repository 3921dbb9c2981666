// Cases known to differ on the embedded proxy, with the reason; docs/parity.md is made from them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const knownDifferences =
  (parse(readFileSync(join(import.meta.dirname, 'known-differences.yaml'), 'utf8')) as Record<string, string> | null) ??
  {};
