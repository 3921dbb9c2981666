// The little of OpenAPI that kubectl needs: which requests take `fieldValidation`, so that it leaves validation to us.
import { groupNames, versionsOf } from './discovery.ts';
import { apiVersionOf, type ResourceDefinition, resourceDefinitions } from './resource-definitions.ts';

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

function rootOf({ group, version }: GroupVersion): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function groupVersions(): GroupVersion[] {
  const named = groupNames().flatMap((group) => versionsOf(group).map((version) => ({ group, version })));
  return [{ group: '', version: 'v1' }, ...named];
}

/** The body for a path below `/openapi`, or `undefined` when it is none. */
export function openApiDocument(pathname: string): object | undefined {
  const info = { title: 'Heddle', version: 'v1' };
  if (pathname === '/openapi/v2') {
    const paths = Object.fromEntries(groupVersions().flatMap((each) => Object.entries(pathsOf(each))));
    return { swagger: '2.0', info, paths, definitions: {} };
  }
  if (pathname === '/openapi/v3') {
    const entries = groupVersions().map(rootOf);
    return { paths: Object.fromEntries(entries.map((root) => [root, { serverRelativeURL: `/openapi/v3/${root}` }])) };
  }
  const found = groupVersions().find((each) => pathname === `/openapi/v3/${rootOf(each)}`);
  return found === undefined ? undefined : { openapi: '3.0.0', info, paths: pathsOf(found) };
}

function pathsOf(groupVersion: GroupVersion): Record<string, object> {
  const { group, version } = groupVersion;
  const served = resourceDefinitions.filter((each) => each.group === group && each.versions.includes(version));
  return Object.fromEntries(served.map((each) => pathOf(each, groupVersion)));
}

function pathOf(definition: ResourceDefinition, { group, version }: GroupVersion): [string, object] {
  const { kind, plural, namespaced } = definition;
  const root = rootOf({ group, version });
  const path = namespaced ? `/${root}/namespaces/{namespace}/${plural}/{name}` : `/${root}/${plural}/{name}`;
  const operation = (action: string): object => ({
    operationId: `${action}${apiVersionOf(definition, version).replace(/\W/g, '')}${kind}`,
    parameters: [
      { name: 'dryRun', in: 'query' },
      { name: 'fieldValidation', in: 'query' },
    ],
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  });
  return [path, { put: operation('put'), patch: operation('patch') }];
}
