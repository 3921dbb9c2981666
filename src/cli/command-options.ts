// The options that every command about a running mesh has, and where the commands write.
import type { Command } from 'commander';
import {
  definitionByWord,
  type ResourceDefinition,
  resourceDefinitions,
} from '../galley/api-server/resource-definitions.ts';
import { didYouMean } from '../lib/did-you-mean.ts';
import { MeshError } from '../lib/mesh-error.ts';
import { StateFolder } from '../local/state/state-folder.ts';
import { stateOption } from './state-option.ts';

/** Where a command reads and writes: the process's own streams but for tests. */
export interface CommandStreams {
  readonly stdin: AsyncIterable<Buffer | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface MeshOptions {
  readonly state: string;
  readonly namespace?: string;
}

export function withMeshOptions(command: Command): Command {
  return command.option('-n, --namespace <name>', 'the namespace (default: "default")').addOption(stateOption());
}

export function stateFolderOf({ state }: MeshOptions): StateFolder {
  return new StateFolder(state);
}

/** The resource that a person names: `vs`, `pods`, `VirtualService`, `gateways.gateway.networking.k8s.io`. */
export function resourceNamed(word: string): ResourceDefinition {
  const found = definitionByWord(word);
  if (found !== undefined) return found;
  const words = resourceDefinitions.flatMap(({ plural, kind, shortNames }) => [
    plural,
    kind.toLowerCase(),
    ...shortNames,
  ]);
  const guess = didYouMean(word.toLowerCase(), words);
  const hint = guess === undefined ? 'for example: pods, services, virtualservices' : `did you mean ${guess}?`;
  throw new MeshError('unknown-kind', `there is no kind ${JSON.stringify(word)} (${hint})`);
}

/** `virtualservice.networking.istio.io/reviews`, as kubectl names objects. */
export function shownName({ kind, group }: ResourceDefinition, name: string): string {
  return `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${name}`;
}
