// The fields of a workload that runs outside of Kubernetes: a WorkloadEntry, and the endpoints of a ServiceEntry.
import { type Infer, integer, map, object, rule, type Schema, string, uint32 } from '../../schema.ts';

const portName = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** The CRD takes any 32-bit number by type and narrows it by a rule; together they are a port. */
export const servicePortNumber = (): Schema<number> => integer({ min: 1, max: 65_535 });

const address = rule(
  rule(string({ maxLength: 256 }), 'a Unix socket needs an absolute path, or `@` and a name', (text) =>
    text.startsWith('unix://') ? text[7] === '/' || text[7] === '@' : true,
  ),
  'a Unix socket is not a directory',
  (text) => !(text.startsWith('unix://') && text.endsWith('/')),
);

const fields = object({
  address,
  ports: rule(
    map(servicePortNumber(), { maxProperties: 128 }),
    'port names are letters, digits and dashes, at most 62',
    (ports) => Object.keys(ports).every((name) => name.length < 63 && portName.test(name)),
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
