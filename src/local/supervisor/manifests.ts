// Reads the manifests given to `heddle up` before anything starts: what cannot run is told first, all at once.
import { statSync } from 'node:fs';
import { FilesSource } from '../../galley/sources/files.ts';
import { formatIssue } from '../../lib/issue.ts';
import type { Issue } from '../../lib/issue.ts';
import { MeshError } from '../../lib/mesh-error.ts';
import { imagesTemplate } from '../images/image-table.ts';
import type { ImageTable } from '../images/image-table.ts';
import { missingImages } from '../images/missing-images.ts';
import type { StateFolder } from '../state/state-folder.ts';
import type { ClosingStack } from './closing-stack.ts';
import { ManifestApplier } from './manifest-applier.ts';
import type { UpOptions } from './up-options.ts';
import type { UpReport } from './up-report.ts';

export interface ManifestInputs {
  readonly options: UpOptions;
  readonly state: StateFolder;
  readonly images: ImageTable;
  readonly report: UpReport;
  readonly closing: ClosingStack;
}

/** Watches from now on. Throws MeshError `no-file` or `missing-images`. */
export async function readManifests(inputs: ManifestInputs): Promise<ManifestApplier> {
  const { options, state, images, report, closing } = inputs;
  const absent = options.paths.filter((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  if (absent.length > 0) throw new MeshError('no-file', `no such file or folder: ${absent.join(', ')}`);
  const tell = (issue: Issue): void => report.trouble(formatIssue(issue));
  const applier = new ManifestApplier({
    inject: options.inject,
    recordFile: state.applied,
    report: tell,
    onChange: (line) => report.step(line),
  });
  const onRead = tellOnce((issues) => issues.forEach(tell));
  const source = new FilesSource({ paths: options.paths, sink: applier, onRead });
  closing.add(() => source.close());
  await source.synced;
  const missing = missingImages(applier.waiting, images);
  if (missing.length === 0) return applier;
  const list = missing.map((image) => `  ${image}`).join('\n');
  const template = imagesTemplate(missing).trimEnd();
  throw new MeshError(
    'missing-images',
    `no local command is known for these images:\n${list}\nPut entries for them into a file and give it with --images FILE:\n\n${template}\n`,
  );
}

/** Each problem once, however often a file is read. */
function tellOnce(tell: (issues: readonly Issue[]) => void): (issues: readonly Issue[]) => void {
  let told = new Set<string>();
  return (issues) => {
    tell(issues.filter((issue) => !told.has(formatIssue(issue))));
    told = new Set(issues.map(formatIssue));
  };
}
