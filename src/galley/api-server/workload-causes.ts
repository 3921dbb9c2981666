// What Kubernetes refuses in workloads, as far as it would leave somebody waiting for pods that never come.
import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { dnsLabel, dnsSubdomain } from '../../lib/kubernetes-names.ts';
import type { StatusCause } from './api-error.ts';
import { isFields } from './merge-patch.ts';
import { type LabelSelector, matchesSelector } from './selectors.ts';

type Fields = Record<string, unknown>;

/** Fields of a pod that everybody takes for lists. */
const listFields = ['initContainers', 'volumes', 'imagePullSecrets', 'tolerations', 'hostAliases'];

/** The same for a container. */
const containerListFields = ['args', 'command', 'env', 'envFrom', 'ports', 'volumeMounts'];

const selecting = new Set(['deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps']);

/** Empty for all other kinds. */
export function workloadCauses(resource: string, object: KubernetesObject, previous?: KubernetesObject): StatusCause[] {
  const spec = fieldsAt(object, 'spec');
  if (resource === 'pods') return podCauses(spec, 'spec');
  if (!selecting.has(resource) && resource !== 'jobs.batch') return [];
  const template = fieldsAt(spec, 'template');
  const causes = podCauses(fieldsAt(template, 'spec'), 'spec.template.spec');
  if (selecting.has(resource)) causes.push(...selectorCauses(spec, fieldsAt(template, 'metadata')['labels'], previous));
  const replicas = spec['replicas'];
  if (replicas !== undefined && !(typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0)) {
    causes.push(invalidValue('spec.replicas', replicas, 'must be a whole number greater than or equal to 0'));
  }
  return causes;
}

function fieldsAt(object: Fields, key: string): Fields {
  const value = object[key];
  return isFields(value) ? value : {};
}

function required(field: string): StatusCause {
  return { reason: 'FieldValueRequired', field, message: 'Required value' };
}

function invalidValue(field: string, value: unknown, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${why}` };
}

function selectorCauses(spec: Fields, labels: unknown, previous: KubernetesObject | undefined): StatusCause[] {
  const { selector } = spec;
  if (!isFields(selector) || Object.keys(selector).length === 0) return [required('spec.selector')];
  const formerSelector = previous === undefined ? selector : fieldsAt(previous, 'spec')['selector'];
  if (!isDeepStrictEqual(selector, formerSelector))
    return [invalidValue('spec.selector', selector, 'field is immutable')];
  // Labels that are no texts were refused with the metadata of whatever carries them.
  const given = isFields(labels) ? (labels as Record<string, string>) : {};
  if (matchesSelector(selector as LabelSelector, given)) return [];
  return [invalidValue('spec.template.metadata.labels', given, '`selector` does not match template `labels`')];
}

function podCauses(spec: Fields, path: string): StatusCause[] {
  const { containers } = spec;
  if (!Array.isArray(containers) || containers.length === 0) return [required(`${path}.containers`)];
  const shapes = listFields.filter((name) => spec[name] !== undefined && !Array.isArray(spec[name]));
  if (shapes.length > 0) return shapes.map((name) => invalidValue(`${path}.${name}`, spec[name], 'must be a list'));
  const all = [
    ...entries(containers, `${path}.containers`),
    ...entries(spec['initContainers'], `${path}.initContainers`),
  ];
  const names = new Set<unknown>();
  const containerCauses = all.flatMap(({ container, field }) => {
    const { name } = container;
    const duplicate = typeof name === 'string' && names.has(name);
    names.add(name);
    const shapes = containerListFields.filter(
      (each) => container[each] !== undefined && !Array.isArray(container[each]),
    );
    return [
      ...labelCauses(name, `${field}.name`),
      ...shapes.map((each) => invalidValue(`${field}.${each}`, container[each], 'must be a list')),
      ...(duplicate
        ? [
            {
              reason: 'FieldValueDuplicate',
              field: `${field}.name`,
              message: `Duplicate value: ${JSON.stringify(name)}`,
            },
          ]
        : []),
    ];
  });
  return [...containerCauses, ...volumeCauses(spec['volumes'], `${path}.volumes`)];
}

/** Containers and volumes become files and folders of the host under these names: none may lead elsewhere. */
function labelCauses(name: unknown, field: string): StatusCause[] {
  if (typeof name !== 'string' || name === '') return [required(field)];
  if (name.length <= 63 && dnsLabel.test(name)) return [];
  const form = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character`;
  return [invalidValue(field, name, form)];
}

function volumeCauses(volumes: unknown, path: string): StatusCause[] {
  return entries(volumes, path).flatMap(({ container: volume, field }) => {
    const causes = labelCauses(volume['name'], `${field}.name`);
    const { persistentVolumeClaim: claim } = volume;
    if (claim === undefined || claim === null) return causes;
    const claimName = isFields(claim) ? claim['claimName'] : undefined;
    const at = `${field}.persistentVolumeClaim.claimName`;
    if (typeof claimName !== 'string' || claimName === '') causes.push(required(at));
    else if (claimName.length > 253 || !dnsSubdomain.test(claimName)) {
      causes.push(invalidValue(at, claimName, 'must be a lowercase RFC 1123 subdomain'));
    }
    return causes;
  });
}

function entries(list: unknown, path: string): { container: Fields; field: string }[] {
  if (!Array.isArray(list)) return [];
  return list.map((each: unknown, i) => ({ container: isFields(each) ? each : {}, field: `${path}[${i}]` }));
}
