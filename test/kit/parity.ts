// docs/parity.md: where the embedded sidecar is not equal to Envoy. Its lists of cases are those that the tests hold every run against.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { knownDifferences } from '../conformance/known-differences.ts';
import { checkout } from './mesh.ts';

export const parityPage = join(checkout, 'docs/parity.md');

const examDifferences = (parse(readFileSync(join(checkout, 'test/exam/known-differences-embedded.yaml'), 'utf8')) ??
  {}) as Record<string, string>;

export { examDifferences as embeddedExamDifferences };

function table(differences: Record<string, string>): string {
  const rows = Object.entries(differences).map(([name, reason]) => `| ${name} | ${reason.replaceAll('|', '\\|')} |`);
  return rows.length === 0 ? 'None.' : ['| case | why |', '|---|---|', ...rows].join('\n');
}

const marker = '<!-- What follows is generated: UPDATE_GOLDEN=1 node --test test/parity.test.ts -->';

/** The page with its generated end made anew; what people wrote before the marker stays. */
export function parityText(current: string): string {
  const [written = ''] = current.split(marker);
  return `${written.trimEnd()}

${marker}

## Conformance
Cases of \`test/conformance/cases\`, run against both; the test fails when one is not as it says here.

${table(knownDifferences)}

## The exam
Cases that are equal to Istio with Envoy as sidecar, but not with the embedded one.

${table(examDifferences)}
`;
}
