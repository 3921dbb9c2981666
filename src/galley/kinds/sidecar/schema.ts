// The fields of Sidecar, as its CRD has them.
import { array, freeForm, type Infer, notYet, object, oneOf, required, string, uint32 } from '../../schema.ts';
import { connectionPoolSchema } from '../parts/connection-pool.ts';
import { workloadSelectorSchema } from '../parts/labels.ts';
import { serverTlsSchema } from '../parts/server-tls.ts';

const port = object({ number: uint32(), protocol: string(), name: string(), targetPort: uint32() });
const captureMode = oneOf(['DEFAULT', 'IPTABLES', 'NONE']);
const limits = "the proxy's own limits hold";

const ingress = object({
  port: required(port),
  bind: string(),
  captureMode,
  defaultEndpoint: string(),
  tls: notYet(serverTlsSchema, 'the port is served without'),
  connectionPool: notYet(connectionPoolSchema, limits),
});

const egress = object({ port, bind: string(), captureMode, hosts: required(array(string())) });

export const sidecarSchema = object({
  spec: object({
    workloadSelector: workloadSelectorSchema,
    ingress: array(ingress),
    egress: array(egress),
    outboundTrafficPolicy: object({
      mode: oneOf(['REGISTRY_ONLY', 'ALLOW_ANY']),
      egressProxy: notYet(
        object({ host: required(string()), subset: string(), port: object({ number: uint32() }) }),
        'unknown traffic goes straight to where it was sent',
      ),
    }),
    inboundConnectionPool: notYet(connectionPoolSchema, limits),
  }),
  status: freeForm(),
});

export type SidecarBody = Infer<typeof sidecarSchema>;
export type SidecarSpec = NonNullable<SidecarBody['spec']>;
export type IngressBody = Infer<typeof ingress>;
export type EgressBody = Infer<typeof egress>;
