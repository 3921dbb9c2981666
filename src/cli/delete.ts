// `heddle delete`: removes objects from a running mesh, by manifest or by name.
import { Command, Option } from 'commander';
import { ApiError } from '../galley/api-server/api-error.ts';
import type { ResourceDefinition } from '../galley/api-server/resource-definitions.ts';
import { formatIssue, type Issue } from '../lib/issue.ts';
import { MeshError } from '../lib/mesh-error.ts';
import { ApiClient, objectPath } from './api-client.ts';
import { type Manifest, manifestOf } from './check-manifests.ts';
import {
  type CommandStreams,
  type MeshOptions,
  resourceNamed,
  shownName,
  stateFolderOf,
  withMeshOptions,
} from './command-options.ts';
import { readManifests } from './read-manifests.ts';
import { waitUntilInForce } from './wait-until-in-force.ts';

interface DeleteCommandOptions extends MeshOptions {
  readonly filename?: readonly string[];
  readonly selector?: string;
  readonly all?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly wait?: boolean;
  readonly output?: 'json';
}

interface Target {
  readonly definition: ResourceDefinition;
  readonly namespace: string;
  readonly name: string;
}

export function deleteCommand(streams: CommandStreams = process): Command {
  const command = new Command('delete')
    .description('Delete objects of a running mesh, by manifest or by name.')
    .argument('[kind]', 'a kind, plural or short name: vs, pods, virtualservice; or kind/name')
    .argument('[names...]', 'names of objects')
    .option('-f, --filename <path...>', 'a file, a folder of .yaml files, or - for standard input')
    .option('-l, --selector <labels>', 'all of that kind with these labels: app=web,tier!=db')
    .option('--all', 'all of that kind in the namespace')
    .option('--ignore-not-found', 'what is not there is no failure')
    .option('--wait', 'return only when every proxy has taken the change over')
    .addOption(new Option('-o, --output <form>', 'how to print').choices(['json']))
    .addHelpText(
      'after',
      '\nExamples:\n  heddle delete -f virtual-service.yaml\n  heddle delete virtualservice reviews',
    );
  return withMeshOptions(command).action((kind: string | undefined, names: string[], options: DeleteCommandOptions) =>
    run(kind, names, options, streams),
  );
}

async function run(
  kind: string | undefined,
  names: readonly string[],
  options: DeleteCommandOptions,
  streams: CommandStreams,
): Promise<void> {
  const state = stateFolderOf(options);
  const client = ApiClient.open(state);
  const targets =
    options.filename === undefined
      ? await targetsByName(client, kind, names, options)
      : await targetsInFiles(options.filename, options, streams);
  const deleted: Target[] = [];
  const missing: Target[] = [];
  for (const target of targets) {
    const { definition, namespace, name } = target;
    const removed = await remove(client, target);
    (removed ? deleted : missing).push(target);
    if (options.output !== undefined) continue;
    if (removed) streams.stdout.write(`${shownName(definition, name)} deleted\n`);
    else if (options.ignoreNotFound !== true)
      streams.stderr.write(
        `error: ${definition.id} ${JSON.stringify(name)} not found in ${namespace || 'the cluster'}\n`,
      );
  }
  if (options.output !== undefined) {
    const shown = ({ definition, namespace, name }: Target): object => ({ kind: definition.kind, namespace, name });
    streams.stdout.write(
      `${JSON.stringify({ deleted: deleted.map(shown), missing: missing.map(shown) }, undefined, 2)}\n`,
    );
  }
  if (options.wait === true && deleted.length > 0) {
    await waitUntilInForce(state, await newestResourceVersion(client), 30_000);
  }
  if (missing.length > 0 && options.ignoreNotFound !== true) {
    throw new MeshError(
      'not-found',
      `${missing.length} of ${targets.length} objects were not there (--ignore-not-found lets that pass)`,
    );
  }
}

async function remove(client: ApiClient, { definition, namespace, name }: Target): Promise<boolean> {
  try {
    await client.send({ method: 'DELETE', path: objectPath(definition, namespace, name) });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.httpStatus === 404) return false;
    throw error;
  }
}

async function newestResourceVersion(client: ApiClient): Promise<number> {
  const { body } = await client.send<{ metadata: { resourceVersion: string } }>({ path: '/api/v1/namespaces?limit=1' });
  return Number(body.metadata.resourceVersion);
}

/** In reverse: what was made last depends on what was made first. */
async function targetsInFiles(
  files: readonly string[],
  { namespace }: DeleteCommandOptions,
  streams: CommandStreams,
): Promise<Target[]> {
  const { documents, issues } = await readManifests(files, streams.stdin);
  const found = documents.map((document) => manifestOf(document, namespace));
  const isIssue = (each: Manifest | Issue): each is Issue => 'severity' in each;
  const problems = [...issues, ...found.filter(isIssue)];
  for (const issue of problems) streams.stderr.write(`${formatIssue(issue)}\n`);
  if (problems.length > 0) throw new MeshError('bad-manifest', 'nothing was deleted');
  return found
    .filter((each): each is Manifest => !isIssue(each))
    .map(({ definition, object }) => ({
      definition,
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name,
    }))
    .toReversed();
}

async function targetsByName(
  client: ApiClient,
  word: string | undefined,
  names: readonly string[],
  { namespace = 'default', selector, all }: DeleteCommandOptions,
): Promise<Target[]> {
  if (word === undefined)
    throw new MeshError('usage', 'say what to delete: heddle delete -f FILE, or heddle delete KIND NAME');
  const [kind = '', slashed] = word.split('/');
  const definition = resourceNamed(kind);
  const scope = definition.namespaced ? namespace : '';
  const wanted = slashed === undefined ? names : [slashed, ...names];
  if (wanted.length > 0) return wanted.map((name) => ({ definition, namespace: scope, name }));
  if (selector === undefined && all !== true) {
    throw new MeshError('usage', `name the ${definition.plural} to delete, or give --selector or --all`);
  }
  const query = selector === undefined ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  const { body } = await client.send<{ items: { metadata: { name: string } }[] }>({
    path: objectPath(definition, scope) + query,
  });
  return body.items.map(({ metadata }) => ({ definition, namespace: scope, name: metadata.name }));
}
