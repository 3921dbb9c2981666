// Feeds mutated xDS resources to the decoders. Whatever the bytes: no exception, an answer in reasonable time, and a value exactly
// if there is no error among the issues.
import { readFileSync } from 'node:fs';
import { createRegistry, type DescMessage, fromJson, toBinary } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { parse } from 'yaml';
import {
  type Decoded,
  decodeCluster,
  decodeListener,
  decodeLoadAssignment,
  decodeRouteConfiguration,
  decodeSecret,
} from '../../src/decide/config/decode-resource.ts';
import { anySchemas } from '../../src/decide/config/decode/any-types.ts';
import { hasErrors } from '../../src/lib/issue.ts';
import { createGenerator } from '../../src/pilot/generate-resources.ts';
import { typeUrls } from '../../src/pilot/proxy-resources.ts';
import { ClusterSchema } from '../../src/proto/gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../../src/proto/gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import { ListenerSchema } from '../../src/proto/gen/envoy/config/listener/v3/listener_pb.ts';
import { RouteConfigurationSchema } from '../../src/proto/gen/envoy/config/route/v3/route_pb.ts';
import { UriTemplateMatchConfigSchema } from '../../src/proto/gen/envoy/extensions/path/match/uri_template/v3/uri_template_match_pb.ts';
import { SecretSchema } from '../../src/proto/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts';
import { modelFromYaml, proxyNode } from './model-from-yaml.ts';
import { Mutator, seededRandom } from './mutate-protobuf.ts';
import { resourceOf, type ResourceType, type XdsCase } from './xds-case.ts';

export const xdsTypes = {
  listener: { schema: ListenerSchema, decode: decodeListener },
  route: { schema: RouteConfigurationSchema, decode: decodeRouteConfiguration },
  cluster: { schema: ClusterSchema, decode: decodeCluster },
  endpoints: { schema: ClusterLoadAssignmentSchema, decode: decodeLoadAssignment },
  secret: { schema: SecretSchema, decode: decodeSecret },
} as const;

export interface FuzzEntry {
  readonly type: ResourceType;
  readonly decode: (bytes: Uint8Array) => Decoded<unknown>;
  readonly bytes: Uint8Array;
}

const sources = new URL('../../src/', import.meta.url);

/** What Pilot prints for its goldens' mesh. */
export function printed(): FuzzEntry[] {
  const mesh = readFileSync(new URL('pilot/xds/testdata/printed/mesh.yaml', sources), 'utf8');
  const generate = createGenerator(modelFromYaml(mesh, { accessLogFile: '/dev/stdout' }));
  const resources = generate(proxyNode({ name: 'frontend', namespace: 'shop', labels: { app: 'frontend' } }));
  const of = (typeUrl: string, type: ResourceType): FuzzEntry[] =>
    [...resources.of(typeUrl).values()].map(({ bytes }) => ({ type, decode: xdsTypes[type].decode, bytes }));
  return [
    ...of(typeUrls.listener, 'listener'),
    ...of(typeUrls.route, 'route'),
    ...of(typeUrls.cluster, 'cluster'),
    ...of(typeUrls.endpoint, 'endpoints'),
  ];
}

/** All cases that are refused: between them they hold nearly every field that is read. */
export function refused(): FuzzEntry[] {
  const registry = createRegistry(...anySchemas, DurationSchema, UriTemplateMatchConfigSchema);
  const cases = parse(readFileSync(new URL('decide/config/testdata/refused.yaml', sources), 'utf8')) as XdsCase[];
  return cases.map((each) => {
    const { type, json } = resourceOf(each);
    const { schema, decode } = xdsTypes[type];
    return { type, decode, bytes: toBinary<DescMessage>(schema, fromJson<DescMessage>(schema, json, { registry })) };
  });
}

export interface FuzzResult {
  readonly inputs: number;
  /** That were messages at all. */
  readonly parsed: number;
  /** That were taken into force. */
  readonly taken: number;
  readonly slowestMs: number;
}

/** Throws at the first input that breaks the promise, with the bytes in its message. */
export function fuzzDecoders(inputs: number, seed: number): FuzzResult {
  const random = seededRandom(seed);
  const corpora = [printed(), refused()].map((entries) =>
    entries
      .filter(({ bytes }) => bytes.length > 0)
      .map(({ decode, bytes }) => ({ decode, mutator: new Mutator(bytes) })),
  );
  let [parsed, taken, slowestMs] = [0, 0, 0];
  for (let count = 0; count < inputs; count += 1) {
    const corpus = corpora[count % corpora.length]!;
    const { decode, mutator } = corpus[Math.floor(random() * corpus.length)]!;
    const bytes = mutator.mutate(random);
    const started = performance.now();
    const { value, issues } = checked(decode, bytes);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    if (!issues.some(({ path, code }) => path === '' && code === 'syntax')) parsed += 1;
    if (value !== undefined) taken += 1;
  }
  return { inputs, parsed, taken, slowestMs };
}

function checked(decode: FuzzEntry['decode'], bytes: Uint8Array): Decoded<unknown> {
  try {
    const decoded = decode(bytes);
    if ((decoded.value === undefined) === hasErrors(decoded.issues)) return decoded;
    throw new Error('a value is there and an error too, or neither');
  } catch (cause) {
    throw new Error(`bytes ${Buffer.from(bytes).toString('base64')}`, { cause });
  }
}
