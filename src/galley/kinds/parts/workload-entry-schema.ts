// The fields of a workload that runs outside of Kubernetes: a WorkloadEntry, and the endpoints of a ServiceEntry.
import { type Infer, integer, map, notYet, object, rule, type Schema, string, uint32 } from '../../schema.ts';

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

const fields = {
  address,
  ports: rule(
    map(servicePortNumber(), { maxProperties: 128 }),
    'port names are letters, digits and dashes, at most 62',
    (ports) => Object.keys(ports).every((name) => name.length < 63 && portName.test(name)),
  ),
  labels: map(string(), { maxProperties: 256 }),
  network: notYet(string({ maxLength: 2048 }), 'every address counts as reachable'),
  locality: string({ maxLength: 2048 }),
  weight: uint32(),
  serviceAccount: notYet(string({ maxLength: 253 }), 'identities are not checked'),
};

const endpoint = object(fields);

export type WorkloadEntryBody = Infer<typeof endpoint>;

function withRules<S extends Schema<WorkloadEntryBody>>(schema: S): S {
  const located = rule<Schema<WorkloadEntryBody>>(
    schema,
    'one of `address` and `network` is needed',
    (entry) => entry.address !== undefined || entry.network !== undefined,
    'missing',
  );
  const whole = rule<Schema<WorkloadEntryBody>>(
    located,
    'a Unix socket has no ports',
    (entry) => !(entry.address ?? '').startsWith('unix://') || entry.ports === undefined,
    'crossing',
  );
  return whole as S;
}

/** An endpoint of a ServiceEntry. */
export const endpointSchema = withRules(endpoint);

/** What stands in `spec` of a WorkloadEntry. */
export const workloadEntrySchema = withRules(
  object({
    ...fields,
    locality: notYet(string({ maxLength: 2048 }), 'localities do not count in balancing'),
    weight: notYet(uint32(), 'each entry gets the same share'),
  }),
);
