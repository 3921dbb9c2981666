// One YAML text into nodes that keep their offsets, with the rules that hold for every text that Galley reads.
import { type Document, LineCounter, parseDocument } from 'yaml';
import { kubernetesScalars } from './yaml-scalars.ts';

export interface ParsedYaml {
  readonly yaml: Document;
  readonly lineCounter: LineCounter;
}

export function parseYaml(text: string): ParsedYaml {
  const lineCounter = new LineCounter();
  const yaml = parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    customTags: (tags) => [...tags, ...kubernetesScalars],
    merge: true,
    lineCounter,
    prettyErrors: false,
    uniqueKeys: true,
  });
  return { yaml, lineCounter };
}
