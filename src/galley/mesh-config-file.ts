// Mesh settings from a file in Istio's MeshConfig form (`--mesh-config FILE`): the text that the ConfigMap `istio` has under `mesh`.
import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { formatIssue, hasErrors } from '../lib/issue.ts';
import { MeshError } from '../lib/mesh-error.ts';
import type { MeshSettings } from '../model/mesh-settings.ts';
import { readMeshConfig } from './kinds/mesh-config.ts';

/** Throws MeshError `bad-mesh-config` with every problem, a line each. */
export async function readMeshConfigFile(file: string): Promise<MeshSettings> {
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8')) ?? {};
  } catch (cause) {
    const message = cause instanceof YAMLParseError ? cause.message : 'it cannot be read';
    throw new MeshError('bad-mesh-config', `${file}: ${message}`, { cause });
  }
  const { settings, issues } = readMeshConfig(value);
  if (hasErrors(issues)) {
    throw new MeshError('bad-mesh-config', issues.map((issue) => `${file}: ${formatIssue(issue)}`).join('\n'));
  }
  return settings;
}
