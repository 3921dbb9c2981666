// The discovery documents by which clients such as kubectl learn what is served.
import { type ResourceDefinition, resourceDefinitions } from './resource-definitions.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** The newest Kubernetes whose paths and bodies these are. */
const gitVersion = 'v1.34.0+heddle';

/** The body for a discovery path, or `undefined` when it is none. */
export function discoveryDocument(pathname: string): object | undefined {
  const parts = pathname.split('/').filter((part) => part !== '');
  const [root, group, version] = parts;
  if (root === 'version' && parts.length === 1) {
    return { major: '1', minor: '34', gitVersion, gitCommit: '', gitTreeState: 'clean', platform: 'linux/amd64' };
  }
  if (root === 'api' && parts.length === 1) return { kind: 'APIVersions', versions: ['v1'] };
  if (root === 'api' && parts.length === 2 && group === 'v1') return resourceList('', 'v1');
  if (root !== 'apis' || parts.length > 3) return undefined;
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupNames().map(groupDocument) };
  if (!groupNames().includes(group)) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) };
  return versionsOf(group).includes(version) ? resourceList(group, version) : undefined;
}

export function groupNames(): string[] {
  return [...new Set(resourceDefinitions.map(({ group }) => group).filter((group) => group !== ''))];
}

export function versionsOf(group: string): string[] {
  return [...new Set(resourceDefinitions.filter((each) => each.group === group).flatMap(({ versions }) => versions))];
}

function groupDocument(group: string): object {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, version: string): object {
  const served = resourceDefinitions.filter((each) => each.group === group && each.versions.includes(version));
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: served.flatMap((each) => resourceEntries(each)),
  };
}

function resourceEntries(definition: ResourceDefinition): object[] {
  const { plural, kind, namespaced, shortNames, categories, hasStatus } = definition;
  const entry = { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs, shortNames, categories };
  const subresource = (name: string): object => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs: ['get', 'patch', 'update'],
  });
  const scale = { ...subresource('scale'), group: 'autoscaling', version: 'v1', kind: 'Scale' };
  const log = { ...subresource('log'), verbs: ['get'] };
  return [
    entry,
    ...(definition.id === 'pods' ? [log] : []),
    ...(hasStatus ? [subresource('status')] : []),
    ...(hasScale(definition) ? [scale] : []),
  ];
}

export function hasScale({ id }: ResourceDefinition): boolean {
  return ['deployments.apps', 'replicasets.apps', 'statefulsets.apps'].includes(id);
}
