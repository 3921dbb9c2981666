// `heddle apply`: brings manifests into a running mesh, and says of each what became of it.
import { Command, Option } from 'commander';
import { ApiError } from '../galley/api-server/api-error.ts';
import { formatIssue, hasErrors, type Issue } from '../lib/issue.ts';
import { MeshError } from '../lib/mesh-error.ts';
import { ApiClient } from './api-client.ts';
import { applyObject, type ApplyAction } from './apply-object.ts';
import { checkManifests, type Manifest } from './check-manifests.ts';
import { type CommandStreams, type MeshOptions, shownName, stateFolderOf, withMeshOptions } from './command-options.ts';
import { readManifests } from './read-manifests.ts';
import { referenceWarnings } from './reference-warnings.ts';
import { refusalIssues } from './refusal-issues.ts';
import { waitUntilInForce } from './wait-until-in-force.ts';

interface ApplyOptions extends MeshOptions {
  readonly filename: readonly string[];
  readonly wait?: boolean;
  readonly timeout: string;
  readonly output?: 'json';
}

export interface ApplyOutcome {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: ApplyAction | 'refused';
  readonly resourceVersion?: string;
}

export function applyCommand(streams: CommandStreams = process): Command {
  const command = new Command('apply')
    .description("Create or change a running mesh's objects from manifests.")
    .requiredOption('-f, --filename <path...>', 'a file, a folder of .yaml files, or - for standard input')
    .option('--wait', 'return only when every proxy has taken the change over')
    .option('--timeout <seconds>', 'how long --wait waits', '30')
    .addOption(new Option('-o, --output <form>', 'how to print').choices(['json']))
    .addHelpText('after', '\nExample:\n  heddle apply --wait -f samples/bookinfo/routing/reviews-90-10.yaml');
  return withMeshOptions(command).action((options: ApplyOptions) => apply(options, streams));
}

async function apply(options: ApplyOptions, streams: CommandStreams): Promise<void> {
  const read = await readManifests(options.filename, streams.stdin);
  const checked = checkManifests(read.documents, options.namespace);
  const before = [...read.issues, ...checked.issues];
  if (hasErrors(before)) return fail(before, [], options, streams);
  if (checked.manifests.length === 0)
    throw new MeshError('nothing-to-do', `there is no document in ${options.filename.join(', ')}`);
  const state = stateFolderOf(options);
  const client = ApiClient.open(state);
  const outcomes: ApplyOutcome[] = [];
  const issues = [...before];
  if (options.output === undefined) printIssues(before, streams);
  for (const manifest of namespacesFirst(checked.manifests)) {
    const result = await applyOne(client, manifest, checked.issues);
    outcomes.push(result.outcome);
    issues.push(...result.issues);
    if (options.output !== undefined) continue;
    printIssues(result.issues, streams);
    if (result.outcome.action === 'refused') continue;
    streams.stdout.write(`${shownName(manifest.definition, result.outcome.name)} ${result.outcome.action}\n`);
  }
  const dangling = await referenceWarnings(client, checked.manifests, options.namespace);
  issues.push(...dangling);
  if (options.output === undefined) printIssues(dangling, streams);
  const refused = outcomes.filter(({ action }) => action === 'refused').length;
  if (refused > 0) return fail(issues, outcomes, options, streams);
  if (options.wait === true) {
    const newest = Math.max(...outcomes.map(({ resourceVersion }) => Number(resourceVersion ?? 0)));
    await waitUntilInForce(state, newest, secondsOf(options.timeout) * 1000);
  }
  if (options.output !== undefined) printJson(outcomes, issues, streams);
}

async function applyOne(
  client: ApiClient,
  manifest: Manifest,
  known: readonly Issue[],
): Promise<{ outcome: ApplyOutcome; issues: Issue[] }> {
  const { kind, metadata } = manifest.object;
  const named = { kind, namespace: metadata.namespace ?? '', name: metadata.name };
  try {
    const { action, object, warnings } = await applyObject(client, manifest);
    // What the check here has said already, with its place, need not come a second time without.
    const fresh = warnings.filter(
      (text) => !known.some(({ path, message }) => text.includes(message) || text.startsWith(`${path}:`)),
    );
    const issues = fresh.map((message): Issue => ({ path: '', message, severity: 'warning', code: 'not-yet' }));
    const { resourceVersion = '0' } = object.metadata;
    return { outcome: { ...named, action, resourceVersion }, issues };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { outcome: { ...named, action: 'refused' }, issues: refusalIssues(error, manifest) };
  }
}

/** What is in a namespace cannot come before it; else the order is the documents' own. */
function namespacesFirst(manifests: readonly Manifest[]): Manifest[] {
  const isNamespace = ({ definition }: Manifest): boolean => definition.id === 'namespaces';
  return [...manifests.filter(isNamespace), ...manifests.filter((manifest) => !isNamespace(manifest))];
}

function secondsOf(text: string): number {
  const seconds = Number(text.replace(/s$/, ''));
  if (seconds > 0) return seconds;
  throw new MeshError('usage', `--timeout takes a number of seconds, not ${JSON.stringify(text)}`);
}

function printIssues(issues: readonly Issue[], { stderr }: CommandStreams): void {
  for (const issue of issues) stderr.write(`${formatIssue(issue)}\n`);
}

function printJson(outcomes: readonly ApplyOutcome[], issues: readonly Issue[], { stdout }: CommandStreams): void {
  stdout.write(`${JSON.stringify({ results: outcomes, issues }, undefined, 2)}\n`);
}

function fail(
  issues: readonly Issue[],
  outcomes: readonly ApplyOutcome[],
  { output }: ApplyOptions,
  streams: CommandStreams,
): never {
  if (output !== undefined) printJson(outcomes, issues, streams);
  // With outcomes they were printed as they came.
  else if (outcomes.length === 0) printIssues(issues, streams);
  const refused = outcomes.filter(({ action }) => action === 'refused').length;
  if (refused > 0) throw new MeshError('refused', refusedText(refused, outcomes.length));
  const errors = issues.filter(({ severity }) => severity === 'error').length;
  throw new MeshError('bad-manifest', `${errors} ${errors === 1 ? 'problem' : 'problems'}; nothing was applied`);
}

function refusedText(refused: number, all: number): string {
  if (refused < all) return `${refused} of ${all} documents were refused; the others were applied`;
  return all === 1 ? 'the document was refused' : `all ${all} documents were refused`;
}
