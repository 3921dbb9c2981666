// The fields of a workload that runs outside of Kubernetes: a WorkloadEntry, and the endpoints of a ServiceEntry.
import { type Infer, integer, map, object, rule, string, uint32 } from '../../schema.ts';

const portName = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

const port = rule(
  integer({ min: 0, max: 4_294_967_295 }),
  'is no port number: 1 to 65535',
  (value) => value >= 1 && value <= 65_535,
  'out-of-range',
);

/** A port as CRDs check it: any 32-bit number by type, then the range. */
export const servicePortNumber = () => port;

const address = rule(
  rule(string({ maxLength: 256 }), 'a Unix socket needs an absolute path, or `@` and a name', (text) =>
    text.startsWith('unix://') ? text[7] === '/' || text[7] === '@' : true,
  ),
  'a Unix socket is not a directory',
  (text) => !(text.startsWith('unix://') && text.endsWith('/')),
);

const fields = object({
  address,
  ports: rule(map(port, { maxProperties: 128 }), 'port names are letters, digits and dashes, at most 62', (ports) =>
    Object.keys(ports).every((name) => name.length < 63 && portName.test(name)),
  ),
  labels: map(string(), { maxProperties: 256 }),
  network: string({ maxLength: 2048 }),
  locality: string({ maxLength: 2048 }),
  weight: uint32(),
  serviceAccount: string({ maxLength: 253 }),
});

export type WorkloadEntryBody = Infer<typeof fields>;

export const workloadEntrySchema = rule(
  rule(
    fields,
    'one of `address` and `network` is needed',
    (entry: WorkloadEntryBody) => entry.address !== undefined || entry.network !== undefined,
    'missing',
  ),
  'a Unix socket has no ports',
  (entry: WorkloadEntryBody) => !(entry.address ?? '').startsWith('unix://') || entry.ports === undefined,
  'crossing',
);
