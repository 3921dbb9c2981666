// `heddle get`: shows the objects of a running mesh as a table, YAML or JSON, once or as they change.
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import type { Table } from '../galley/api-server/object-table-view.ts';
import { type ResourceDefinition, resourceDefinitions } from '../galley/api-server/resource-definitions.ts';
import type { KubernetesObject } from '../lib/kubernetes.ts';
import { MeshError } from '../lib/mesh-error.ts';
import { ApiClient, objectPath } from './api-client.ts';
import {
  type CommandStreams,
  type MeshOptions,
  resourceNamed,
  shownName,
  stateFolderOf,
  withMeshOptions,
} from './command-options.ts';
import { TableText } from './table-text.ts';

interface GetOptions extends MeshOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'name';
  readonly watch?: boolean;
}

interface Wanted {
  readonly definition: ResourceDefinition;
  readonly name: string;
}

const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

export function getCommand(streams: CommandStreams = process): Command {
  const command = new Command('get')
    .description('Show objects of a running mesh.')
    .argument('<kinds>', 'kinds, plurals or short names, joined by commas: vs,dr; `all` for workloads; or kind/name')
    .argument('[names...]', 'names of objects')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-l, --selector <labels>', 'only with these labels: app=web,tier!=db')
    .addOption(
      new Option('-o, --output <form>', 'how to print')
        .choices(['table', 'wide', 'json', 'yaml', 'name'])
        .default('table'),
    )
    .option('-w, --watch', 'go on and show changes until interrupted')
    .addHelpText('after', '\nExamples:\n  heddle get pods -A\n  heddle get virtualservice reviews -o yaml');
  return withMeshOptions(command).action((kinds: string, names: string[], options: GetOptions) =>
    run(wantedOf(kinds, names), options, streams),
  );
}

function wantedOf(kinds: string, names: readonly string[]): Wanted[] {
  const words = kinds.split(',').filter((word) => word !== '');
  return words.flatMap((word): Wanted[] => {
    if (word === 'all')
      return resourceDefinitions
        .filter(({ categories }) => categories.includes('all'))
        .map((definition) => ({ definition, name: '' }));
    const [kind = '', slashed] = word.split('/');
    const definition = resourceNamed(kind);
    if (slashed !== undefined) return [{ definition, name: slashed }];
    return names.length === 0 ? [{ definition, name: '' }] : names.map((name) => ({ definition, name }));
  });
}

async function run(wanted: readonly Wanted[], options: GetOptions, streams: CommandStreams): Promise<void> {
  if (options.watch === true && wanted.length > 1)
    throw new MeshError('usage', 'only one kind can be watched at a time');
  const client = ApiClient.open(stateFolderOf(options));
  const table = options.output === 'table' || options.output === 'wide';
  if (table) await printTables(client, wanted, options, streams);
  else await printObjects(client, wanted, options, streams);
}

function pathOf(
  { definition, name }: Wanted,
  { allNamespaces, namespace = 'default', selector }: GetOptions,
  watch?: string,
): string {
  const scope = allNamespaces === true ? '' : namespace;
  const query = new URLSearchParams();
  if (selector !== undefined) query.set('labelSelector', selector);
  // A name is selected in the collection where a watch needs one, and where no namespace is known.
  const inPath = watch === undefined && (scope !== '' || !definition.namespaced) ? name : '';
  if (name !== '' && inPath === '') query.set('fieldSelector', `metadata.name=${name}`);
  if (watch !== undefined) {
    query.set('watch', 'true');
    query.set('resourceVersion', watch);
  }
  const text = query.size === 0 ? '' : `?${query.toString()}`;
  return objectPath(definition, scope, inPath) + text;
}

async function printTables(
  client: ApiClient,
  wanted: readonly Wanted[],
  options: GetOptions,
  streams: CommandStreams,
): Promise<void> {
  let printed = 0;
  for (const each of wanted) {
    const { body } = await client.send<Table & { metadata: { resourceVersion?: string } }>({
      path: pathOf(each, options),
      accept: asTable,
    });
    const text = new TableText({ namespaces: options.allNamespaces === true && each.definition.namespaced });
    if (body.rows.length > 0) {
      const title = wanted.length > 1 && each.name === '' ? shownName(each.definition, '') : '';
      streams.stdout.write(
        `${printed > 0 && wanted.length > 1 && each.name === '' ? '\n' : ''}${text.whole(body, title)}`,
      );
      printed += body.rows.length;
    }
    if (options.watch === true)
      await follow(client, each, options, { streams, text, from: body.metadata.resourceVersion });
  }
  if (printed > 0 || options.watch === true) return;
  const where = options.allNamespaces === true || wanted.every(({ definition }) => !definition.namespaced);
  streams.stderr.write(
    where ? 'No resources found\n' : `No resources found in ${options.namespace ?? 'default'} namespace.\n`,
  );
}

interface Following {
  readonly streams: CommandStreams;
  readonly text: TableText;
  readonly from: string | undefined;
}

/** Until the process is interrupted or the mesh ends. */
async function follow(
  client: ApiClient,
  wanted: Wanted,
  options: GetOptions,
  { streams, text, from }: Following,
): Promise<void> {
  const newest = from ?? (await newestOf(client, wanted, options));
  for await (const { object } of client.watch<Table>(pathOf(wanted, options, newest), asTable)) {
    if (object.rows !== undefined) streams.stdout.write(text.more(object));
  }
}

async function newestOf(client: ApiClient, { definition }: Wanted, options: GetOptions): Promise<string> {
  const path = pathOf({ definition, name: '' }, options);
  const { body } = await client.send<{ metadata: { resourceVersion: string } }>({ path });
  return body.metadata.resourceVersion;
}

async function printObjects(
  client: ApiClient,
  wanted: readonly Wanted[],
  options: GetOptions,
  streams: CommandStreams,
): Promise<void> {
  const objects: KubernetesObject[] = [];
  for (const each of wanted) {
    const { body } = await client.send<KubernetesObject & { items?: KubernetesObject[] }>({
      path: pathOf(each, options),
    });
    objects.push(...(body.items ?? [body]));
  }
  const [only] = objects;
  const single = wanted.length === 1 && wanted[0]?.name !== '' && objects.length === 1;
  const shown = single ? only : { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects };
  streams.stdout.write(print(objects, shown, options.output));
  const [first] = wanted;
  if (options.watch !== true || first === undefined) return;
  const from = await newestOf(client, first, options);
  for await (const { object } of client.watch<KubernetesObject>(pathOf(first, options, from), 'application/json')) {
    streams.stdout.write(print([object], object, options.output));
  }
}

function print(objects: readonly KubernetesObject[], shown: unknown, output: GetOptions['output']): string {
  if (output === 'json') return `${JSON.stringify(shown, undefined, 4)}\n`;
  if (output === 'yaml') return `${stringify(shown, { lineWidth: 0 })}`;
  return objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}\n`).join('');
}
