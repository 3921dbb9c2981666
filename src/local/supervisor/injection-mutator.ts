// Injection at pod creation, inside the embedded API: what the webhook does elsewhere, with the same code.
import { ApiError } from '../../galley/api-server/api-error.ts';
import type { Mutator } from '../../galley/api-server/object-store.ts';
import { injectPod } from '../../injector/inject-pod.ts';
import type { InjectorConfig } from '../../injector/injector-config.ts';
import { formatIssue, hasErrors } from '../../lib/issue.ts';
import type { Pod } from '../../lib/kubernetes.ts';
import { nodeName } from '../pods/downward-field.ts';

/** `config` is asked for each pod: mesh settings may change. */
export function injectionMutator(config: () => InjectorConfig, warn: (line: string) => void): Mutator {
  return ({ operation, definition, object }, store) => {
    if (definition.id !== 'pods' || operation !== 'CREATE') return;
    // The API has made sure that an object stored as a pod is one.
    const pod = object as Pod;
    pod.spec.nodeName ??= nodeName;
    const namespace = store.get('namespaces', '', pod.metadata.namespace ?? 'default');
    const injection = injectPod(pod, { namespaceLabels: namespace?.metadata.labels ?? {}, config: config() });
    if (hasErrors(injection.issues)) {
      const text = injection.issues.map(formatIssue).join('; ');
      throw new ApiError(
        400,
        'BadRequest',
        `admission webhook "sidecar-injector.istio.io" denied the request: ${text}`,
      );
    }
    for (const issue of injection.issues) warn(`pod ${pod.metadata.name}: ${formatIssue(issue)}`);
    if (injection.injected) Object.assign(object, injection.pod);
  };
}
