// The fields of ServiceEntry, as its CRD has them, with the rules that the API server itself enforces.
import { array, freeForm, type Infer, object, oneOf, required, rule, string } from '../../schema.ts';
import { workloadSelectorSchema } from '../parts/labels.ts';
import { servicePortNumber, endpointSchema } from '../parts/workload-entry-schema.ts';

const port = object({
  number: required(servicePortNumber()),
  protocol: string({ maxLength: 256 }),
  name: required(string({ maxLength: 256 })),
  targetPort: servicePortNumber(),
});

const ports = rule(
  array(port, { maxItems: 256, keys: ['name'] }),
  'two ports have the same number',
  (all) => new Set(all.map((each) => each.number)).size === all.length,
  'duplicate',
);

const fields = object({
  hosts: required(
    array(
      rule(string(), '`*` is no host of a service entry', (host) => host !== '*'),
      { minItems: 1, maxItems: 256 },
    ),
  ),
  addresses: array(string({ maxLength: 64 }), { maxItems: 256 }),
  ports,
  location: oneOf(['MESH_EXTERNAL', 'MESH_INTERNAL']),
  resolution: oneOf(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'], {
    DYNAMIC_DNS: { state: 'not-yet', note: 'hosts are resolved by the client' },
  }),
  endpoints: array(endpointSchema, { maxItems: 4096 }),
  workloadSelector: workloadSelectorSchema,
  exportTo: array(string()),
  subjectAltNames: array(string()),
});

export type ServiceEntrySpec = Infer<typeof fields>;

const withOneSource = rule(
  fields,
  'only one of `workloadSelector` and `endpoints` may be set',
  (spec: ServiceEntrySpec) => spec.workloadSelector === undefined || spec.endpoints === undefined,
  'crossing',
);
const withFittingAddresses = rule(
  withOneSource,
  'a range of addresses needs `resolution: NONE` or `STATIC`',
  ({ addresses = [], resolution = 'NONE' }: ServiceEntrySpec) =>
    resolution === 'NONE' || resolution === 'STATIC' || !addresses.some((each) => each.includes('/')),
  'crossing',
);
const withFittingEndpoints = rule(
  withFittingAddresses,
  '`resolution: NONE` excludes `endpoints`',
  ({ endpoints, resolution = 'NONE' }: ServiceEntrySpec) => resolution !== 'NONE' || endpoints === undefined,
  'crossing',
);
const spec = rule(
  withFittingEndpoints,
  '`resolution: DNS_ROUND_ROBIN` takes one endpoint at most',
  ({ endpoints = [], resolution }: ServiceEntrySpec) => resolution !== 'DNS_ROUND_ROBIN' || endpoints.length <= 1,
  'crossing',
);

export const serviceEntrySchema = object({ spec: required(spec), status: freeForm() });

export type ServiceEntryBody = Infer<typeof serviceEntrySchema>;
