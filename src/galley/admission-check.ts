// The check that the embedded API runs on each write, told apart as users of Istio know it: schema first, then the webhook.
import type { KubernetesObject } from '../lib/kubernetes.ts';
import type { AdmissionVerdict } from './api-server/admission.ts';
import { type CheckOptions, readDocument } from './check-document.ts';

/** For `createApiServer({ check })`. Kinds of Kubernetes have no webhook: what their validation says is the server's own word. */
export function admissionCheck(options: CheckOptions = {}): (object: KubernetesObject) => AdmissionVerdict {
  return (object) => {
    const { issues, validation, kind } = readDocument({ object }, options);
    const errors = issues.filter((issue) => issue.severity === 'error' && issue.code !== 'unknown-field');
    const isIstio = kind?.group.endsWith('istio.io') === true;
    // A field that the CRD knows but nobody implements is refused by Istio's webhook, not by the schema.
    const byWebhook = new Set(isIstio ? [...validation, ...issues.filter((issue) => issue.code === 'refused')] : []);
    return {
      unknown: issues.filter((issue) => issue.code === 'unknown-field'),
      schema: errors.filter((issue) => !byWebhook.has(issue)),
      denied: errors.filter((issue) => byWebhook.has(issue)),
      warnings: issues.filter((issue) => issue.severity === 'warning'),
    };
  };
}
