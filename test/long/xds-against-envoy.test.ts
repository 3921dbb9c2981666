// Mutated xDS resources, decoded here and validated by a real Envoy: both take them or both refuse them. What is not supported here
// is left out. The seed is printed: HEDDLE_SEED repeats a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegistry, type DescMessage, fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { anySchemas } from '../../src/decide/config/decode/any-types.ts';
import { formatIssue } from '../../src/lib/issue.ts';
import { EnvoyValidator } from '../kit/envoy-validator.ts';
import { Mutator, seededRandom } from '../kit/mutate-protobuf.ts';
import { staticResources } from '../kit/xds-case.ts';
import { printed, refused, xdsTypes } from '../kit/xds-fuzz.ts';

const inputs = 4000;
const seed = Number(process.env['HEDDLE_SEED'] ?? Date.now() % 2 ** 31);
const registry = createRegistry(...anySchemas, DurationSchema);

/** Where we are stricter on purpose, or Envoy looks at what is not ours: files, names of headers to remove, its own balancing. */
const knownDifferences: readonly RegExp[] = [
  /unable to open file|Invalid path/,
  /ConnectionBalanceConfig/,
  /Caught Segmentation fault|backtrace/,
  /^error: name: value length/m,
  /_headers_to_remove\[\d+\]: value length/,
  /endpoint\.address: an address is missing/,
  /path_with_escaped_slashes_action: value must be one/,
];

interface Mutated {
  readonly json: JsonObject;
  readonly issues: string;
  readonly taken: boolean;
}

/** undefined for what is no message, or asks for what is not supported here. */
function attempt(type: keyof typeof xdsTypes, bytes: Uint8Array): Mutated | undefined {
  try {
    const schema: DescMessage = xdsTypes[type].schema;
    const options = { registry, useProtoFieldName: true };
    const json = toJson(schema, fromBinary(schema, bytes), options) as JsonObject;
    const { value, issues } = xdsTypes[type].decode(bytes);
    if (issues.some(({ code }) => code === 'not-yet')) return undefined;
    const text = JSON.stringify(json).replaceAll('/dev/stdout', '/dev/null');
    return {
      json: JSON.parse(text) as JsonObject,
      issues: issues.map(formatIssue).join('\n'),
      taken: value !== undefined,
    };
  } catch {
    // No message, or bytes without JSON: nothing to ask Envoy about.
    return undefined;
  }
}

test(`${inputs} mutated resources (seed ${seed})`, async (context) => {
  const envoy = new EnvoyValidator();
  const random = seededRandom(seed);
  const corpora = [printed(), refused()].map((entries) =>
    entries.filter(({ type, bytes }) => type !== 'secret' && bytes.length > 0),
  );
  let [count, taken] = [0, 0];
  const differences: string[] = [];
  while (count < inputs) {
    const corpus = corpora[random() < 0.6 ? 0 : 1]!;
    const { type, bytes } = corpus[Math.floor(random() * corpus.length)]!;
    const mutated = attempt(type, new Mutator(bytes).mutate(random));
    if (mutated === undefined) continue;
    count += 1;
    if (mutated.taken) taken += 1;
    const json = type === 'route' ? { ...mutated.json, validate_clusters: false } : mutated.json;
    const problem = await envoy.problemWith(staticResources({ type, json, path: '' }));
    if ((problem === '') === mutated.taken) continue;
    const what = `${mutated.issues}\n${problem.slice(-600)}`;
    if (!knownDifferences.some((pattern) => pattern.test(what))) differences.push(`${type}\n${what}`);
  }
  envoy.close();
  context.diagnostic(`seed ${seed}: ${taken} of ${count} were taken, ${differences.length} differences`);
  assert.deepEqual(differences, []);
});
