// One YAML text into nodes that keep their offsets, with the rules that hold for every text that Galley reads.
import { type Document, isScalar, LineCounter, parseDocument, visit, YAMLParseError } from 'yaml';
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
    uniqueKeys: false,
  });
  yaml.errors.push(...duplicateKeys(yaml));
  yaml.errors.sort((a, b) => a.pos[0] - b.pos[0]);
  return { yaml, lineCounter };
}

/** The parser's own check compares each key with all others of its map, which takes minutes for a map of 60,000 keys. */
function duplicateKeys(yaml: Document): YAMLParseError[] {
  const errors: YAMLParseError[] = [];
  visit(yaml, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || key.value === '<<') continue;
        const [start, end] = key.range ?? [0, 0];
        if (seen.has(key.value))
          errors.push(new YAMLParseError([start, end], 'DUPLICATE_KEY', 'Map keys must be unique'));
        seen.add(key.value);
      }
    },
  });
  return errors;
}
