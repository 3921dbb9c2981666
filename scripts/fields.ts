// Writes docs/fields.md from the CRDs in $HEDDLE_CRDS (default ../shared/crds); fails when a schema and its CRD differ.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fieldsDocument } from './fields-document.ts';

const root = resolve(import.meta.dirname, '..');
const { text, gaps } = fieldsDocument(resolve(process.env['HEDDLE_CRDS'] ?? resolve(root, '../shared/crds')));
writeFileSync(resolve(root, 'docs/fields.md'), text);
for (const gap of gaps) console.error(gap);
process.exitCode = gaps.length === 0 ? 0 : 1;
