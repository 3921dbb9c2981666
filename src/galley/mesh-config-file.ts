// Mesh settings from a file in Istio's MeshConfig form (`--mesh-config FILE`): the text that the ConfigMap `istio` has under `mesh`.
import { readFile } from 'node:fs/promises';
import { formatIssue, hasErrors, type Issue } from '../lib/issue.ts';
import { MeshError } from '../lib/mesh-error.ts';
import type { MeshSettings } from '../model/mesh-settings.ts';
import { place } from './check-document.ts';
import { readMeshConfig } from './kinds/mesh-config.ts';
import { parseDocuments } from './yaml-documents.ts';

/** Throws MeshError `bad-mesh-config` with every problem, a line each; `warn` gets what is only not supported yet. */
export async function readMeshConfigFile(file: string, warn: (issue: Issue) => void = () => {}): Promise<MeshSettings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new MeshError('bad-mesh-config', `${file}: it cannot be read`, { cause });
  }
  const parsed = parseDocuments(text, file);
  const [document] = parsed.documents;
  const read = readMeshConfig(document?.object ?? {});
  const issues = [
    ...parsed.issues,
    ...read.issues.map((issue) => (document === undefined ? issue : place(issue, document))),
  ];
  if (hasErrors(issues)) throw new MeshError('bad-mesh-config', issues.map(formatIssue).join('\n'));
  for (const issue of issues) warn(issue);
  return read.settings;
}
